"""Names of ONNX's backend tests, of an archive of their folders, that onnxruntime 1.32 runs right."""

import json
import re
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import List

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


def load(path: Path) -> np.ndarray:
    return numpy_helper.to_array(onnx.load_tensor(path))


def is_right(folder: Path) -> bool:
    onnxruntime.set_default_logger_severity(4)
    session = onnxruntime.InferenceSession(folder / 'model.onnx', providers=['CPUExecutionProvider'])
    numbered = lambda path: int(re.findall(r'\d+', path.stem)[-1])  # noqa: E731
    sets = sorted(folder.glob('test_data_set_*'))
    for each in sets:
        inputs = [load(path) for path in sorted(each.glob('input_*.pb'), key=numbered)]
        outputs = [load(path) for path in sorted(each.glob('output_*.pb'), key=numbered)]
        got = session.run(None, {info.name: array for info, array in zip(session.get_inputs(), inputs)})
        for a, b in zip(got, outputs):
            if a.shape != b.shape:
                return False
            if a.dtype.kind == 'f':
                np.testing.assert_allclose(a, b, 1e-3, 1e-6)
            elif not (a == b).all():
                return False
    return bool(sets)


def right_names(archive: Path) -> List[str]:
    names = []
    with tempfile.TemporaryDirectory() as place:
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter='data')
        for model in sorted(Path(place).rglob('model.onnx')):
            try:
                right = is_right(model.parent)
            except Exception:
                right = False
            if right:
                names.append(model.parent.name)
    return names


if __name__ == '__main__':
    found = right_names(Path(sys.argv[1]))
    target = Path(__file__).parent.parent / 'vectors' / 'onnxruntime-right.json'
    target.write_text(json.dumps(found, separators=(',', ':')) + '\n')
    print(f'{target.name}: {len(found)} names')
