"""
Lets NumPy and h5py write arrays, and says what is in them: python test/files/arrays.py writes arrays.json.
"""
import base64
import io
import json
import pathlib

import h5py
import numpy

HERE = pathlib.Path(__file__).parent


def npy(array, **options):
    buffer = io.BytesIO()
    numpy.lib.format.write_array(buffer, array, **options)
    return buffer.getvalue()


def chunked(rng):
    """Arrays in chunks: through filters, partly written, made smaller and larger."""
    whole = rng.standard_normal((9, 13)).astype("<f4")
    written = (slice(2, 6), slice(3, 11))
    for filters in ({}, {"shuffle": True}, {"compression": "gzip", "shuffle": True}, {"compression": 9, "fletcher32": True}):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file.create_dataset("a/whole", data=whole, chunks=(4, 5), **filters)
            partly = file.create_dataset("partly", (9, 13), "<f4", chunks=(3, 4), fillvalue=0.25, **filters)
            partly[written] = whole[written]
            file.create_dataset("zeros", (5,), "<i2", chunks=(2,), **filters)[3] = -7
            resized = file.create_dataset("resized", data=whole, chunks=(2, 3), maxshape=(None, None), **filters)
            resized.resize((14, 6))
            file.create_dataset("cube", data=whole[:8, :12].reshape(4, 2, 12).astype(">f8"), chunks=(3, 2, 5), **filters)
            file.create_dataset("empty", (0, 3), "<f4", chunks=(2, 3), maxshape=(None, 3), **filters)
        with h5py.File(buffer, "r") as file:
            names = ["a/whole", "partly", "zeros", "resized", "cube", "empty"]
            arrays = {name: file[name][()] for name in names}
        kind = "".join(f" {key}" for key in filters)
        yield f"in chunks{kind}", buffer.getvalue(), arrays


def main():
    rng = numpy.random.default_rng(1)
    values = rng.standard_normal((3, 4))
    cases = {}
    for dtype in ("<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "<u2", "<u4", "|b1"):
        array = (values * 10).astype(dtype)
        cases[f"npy {dtype}"] = (npy(array), {"value": array})
    cases["npy fortran"] = (npy(numpy.asfortranarray(values.astype("<f4"))), {"value": values.astype("<f4")})
    cases["npy scalar"] = (npy(numpy.float32(2.5)[()] * numpy.ones(())), {"value": numpy.float64(2.5) * numpy.ones(())})
    cases["npy empty"] = (npy(numpy.zeros((0, 3), "<f4")), {"value": numpy.zeros((0, 3), "<f4")})
    cases["npy version 2"] = (npy(values.astype("<f4"), version=(2, 0)), {"value": values.astype("<f4")})
    cases["npy version 3"] = (npy(values.astype("<f4"), version=(3, 0)), {"value": values.astype("<f4")})
    hidden, inputs = 4, 3
    weights = {
        "rec.weight_ih_l0": rng.standard_normal((4 * hidden, inputs)).astype("<f4"),
        "rec.weight_hh_l0": rng.standard_normal((4 * hidden, hidden)).astype("<f4"),
        "rec.bias_ih_l0": rng.standard_normal(4 * hidden).astype("<f4"),
        "rec.bias_hh_l0": rng.standard_normal(4 * hidden).astype("<f4"),
        "head.weight": rng.standard_normal((2, hidden)).astype("<f4"),
        "head.bias": rng.standard_normal(2).astype("<f4"),
    }
    for name, save in (("npz", numpy.savez), ("npz compressed", numpy.savez_compressed)):
        buffer = io.BytesIO()
        save(buffer, **weights)
        cases[name] = (buffer.getvalue(), weights)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in weights.items():
            file[name.replace(".", "/")] = array
    cases["hdf5"] = (buffer.getvalue(), {name.replace(".", "/"): array for name, array in weights.items()})
    for name, data, arrays in chunked(rng):
        cases[f"hdf5 {name}"] = (data, arrays)
    cases["npy big-endian"] = (npy(values.astype(">f4")), None)
    cases["npy objects"] = (npy(numpy.array([None, 1], dtype=object), allow_pickle=True), None)
    cases["npy complex"] = (npy(values.astype("<c8")), None)
    rows = [
        {
            "name": name,
            "file": base64.b64encode(data).decode(),
            "arrays": arrays and {
                key: {"dims": list(array.shape), "values": [float(v) for v in array.astype("<f4").reshape(-1)]}
                for key, array in arrays.items()
            },
        }
        for name, (data, arrays) in cases.items()
    ]
    (HERE / "arrays.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")
    print(len(rows), "files")


if __name__ == "__main__":
    main()
