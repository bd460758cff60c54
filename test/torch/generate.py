"""
Lets PyTorch write files in every form it has, and says what is in them.

    python test/torch/generate.py            with the versions of test/golden/requirements.txt

Writes cases-<version>.json.gz beside this script: for each case the file (base64), and for each tensor its name, dtype, dims and the bytes of
its elements, little-endian and row-major, as PyTorch itself gives them after torch.load.
"""
import argparse
import base64
import collections
import gzip
import io
import json
import pathlib
import pickle
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).parent


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rec = torch.nn.LSTM(3, 4)
        self.norm = torch.nn.BatchNorm1d(4)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        y, _ = self.rec(x)
        return self.head(self.norm(y[-1]))


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def archive(script):
    buffer = io.BytesIO()
    torch.jit.save(script, buffer)
    return buffer.getvalue()


def checkpoint(model):
    """What training loops save: weights, the optimiser with its moments, numbers, NumPy's own numbers, options."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model(torch.randn(5, 2, 3)).sum().backward()
    optimizer.step()
    return {
        "epoch": 7,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "best": numpy.float64(0.5),
        "steps": numpy.int64(12),
        "history": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
        "args": argparse.Namespace(hidden=4, name="größer"),
        "shape": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "path": pathlib.PurePosixPath("a/b"),
        "large": 2**40,
        "negative": -3,
        "pair": (1, 2.5),
        "nothing": None,
        "flags": {True, },
        "text": "größer",
        "raw": b"\x00\xff",
    }


def dtypes():
    values = torch.tensor([[0.0, -0.0, 1.5], [float("nan"), float("inf"), -1e-8]])
    floats = {name: values.to(getattr(torch, name)) for name in ("float32", "float64", "float16", "bfloat16")}
    whole = torch.tensor([[0, 1, 100], [-3, 7, 2]])
    integers = {name: whole.to(getattr(torch, name)) for name in ("int64", "int32", "int16", "int8")}
    return {**floats, **integers, "uint8": whole.abs().to(torch.uint8), "bool": whole > 1}


def views():
    base = torch.arange(24, dtype=torch.float32)
    matrix = base.reshape(4, 6)
    return {
        "whole": base,
        "matrix": matrix,
        "transposed": matrix.t(),
        "column": matrix[:, 2],
        "strided": matrix[1::2, ::3],
        "tail": base[20:],
        "expanded": base[3:4].expand(5),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "half_transposed": matrix.half().t(),
        "cube": base.reshape(2, 3, 4).permute(2, 0, 1),
    }


def cases():
    torch.manual_seed(1)
    model = Recurrent()
    model(torch.randn(5, 2, 3))
    parallel = torch.nn.DataParallel(Recurrent())
    tied = Recurrent()
    tied.head.weight = torch.nn.Parameter(tied.rec.weight_hh_l0[:2])
    yield "state-dict", saved(model.state_dict()), {}
    yield "state-dict-legacy", saved(model.state_dict(), _use_new_zipfile_serialization=False), {}
    yield "state-dict-protocol-4", saved(model.state_dict(), pickle_protocol=4), {}
    yield "state-dict-pickled", pickle.dumps(model.state_dict()), {}
    yield "state-dict-pickled-2", pickle.dumps(model.state_dict(), protocol=2), {}
    yield "module-prefix", saved(parallel.state_dict()), {}
    yield "tied", saved(tied.state_dict()), {}
    yield "tied-legacy", saved(tied.state_dict(), _use_new_zipfile_serialization=False), {}
    yield "checkpoint", saved(checkpoint(model)), {}
    yield "checkpoint-legacy", saved(checkpoint(model), _use_new_zipfile_serialization=False), {}
    yield "checkpoint-protocol-5", saved(checkpoint(model), pickle_protocol=5), {}
    yield "dtypes", saved(dtypes()), {}
    yield "dtypes-legacy", saved(dtypes(), _use_new_zipfile_serialization=False), {}
    yield "views", saved(views()), {}
    yield "views-legacy", saved(views(), _use_new_zipfile_serialization=False), {}
    yield "tensor", saved(torch.arange(6.0).reshape(2, 3)), {}
    yield "parameter", saved(torch.nn.Parameter(torch.arange(3.0))), {}
    yield "list", saved([torch.ones(2), {"a": torch.zeros(1)}]), {}
    yield "half", saved(model.half().state_dict()), {}
    yield "bfloat16", saved(model.bfloat16().state_dict()), {}
    torch.manual_seed(2)
    yield "scripted", archive(torch.jit.script(Recurrent())), {"scripted": True}
    traced = torch.jit.trace(Recurrent().eval(), torch.randn(5, 2, 3))
    yield "traced", archive(traced), {"scripted": True}
    yield "frozen", archive(torch.jit.freeze(traced)), {"scripted": True}


def tensors_in(value, path=()):
    """Every tensor and NumPy array, under the path to it joined by dots."""
    if isinstance(value, numpy.ndarray):
        value = torch.from_numpy(value)
    if isinstance(value, torch.Tensor):
        yield ".".join(path) or "value", value.detach()
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from tensors_in(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from tensors_in(item, (*path, str(index)))


def expected(value):
    rows = []
    for name, tensor in tensors_in(value):
        elements = tensor.contiguous()
        raw = elements.flatten().view(torch.uint8) if elements.numel() else torch.zeros(0, dtype=torch.uint8)
        rows.append({
            "name": name,
            "dtype": str(tensor.dtype).replace("torch.", ""),
            "dims": list(tensor.shape),
            "bytes": base64.b64encode(raw.numpy().tobytes()).decode(),
        })
    return rows


def load(data, scripted=False):
    if scripted:
        return dict(torch.jit.load(io.BytesIO(data)).state_dict())
    try:
        return torch.load(io.BytesIO(data), weights_only=False)
    except (RuntimeError, pickle.UnpicklingError):
        return pickle.loads(data)


def main():
    rows = []
    for name, data, options in cases():
        rows.append({"name": name, "file": base64.b64encode(data).decode(), "tensors": expected(load(data, **options))})
    version = torch.__version__.split("+")[0]
    text = json.dumps({"torch": torch.__version__, "numpy": numpy.__version__, "cases": rows}, separators=(",", ":"))
    target = HERE / f"cases-{version}.json.gz"
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{target.name}: {len(rows)} files, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
