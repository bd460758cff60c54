#!/usr/bin/python3
"""Writes the golden vectors beside this file: /usr/bin/python3 test/golden/generate.py

Truth, not PyTorch's rounding: weights, inputs and states are float32 numbers; what is expected of them is computed in
float64 (PyTorch's own modules after .double(), or the NumPy reference for the reset-before GRU, which PyTorch lacks)
and rounded to float32 once. PyTorch's float32 answer differs from that by the tiny amount recorded with each case as
float32Error. Inputs with NaN or infinities keep PyTorch's float32 answer; ONNX's own test data keep ONNX's.

The draw is seeded by case name, so a run on the same machine and versions repeats every byte. On another processor a
float64 sum may round differently, which can move a last bit of a vector or the recorded errors.
"""

import platform
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import numpy  # noqa: E402
import onnx  # noqa: E402
import torch  # noqa: E402

from generator.cells import cell_goldens  # noqa: E402
from generator.draw import SEED  # noqa: E402
from generator.golden import write_goldens  # noqa: E402
from generator.grid import layer_cases  # noqa: E402
from generator.layers import layer_golden  # noqa: E402
from generator.modules import module_goldens  # noqa: E402
from generator.onnx_cases import check_against_onnx, onnx_goldens  # noqa: E402


def main() -> None:
    """Generates into the folder given as the only argument, by default the one this file is in."""
    torch.set_num_threads(1)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    folder = folder if folder.is_dir() else folder.parent
    count, worst = check_against_onnx()
    goldens = [layer_golden(case) for case in layer_cases()] + onnx_goldens() + cell_goldens() + module_goldens()
    versions = {'python': platform.python_version(), 'numpy': numpy.__version__}
    versions.update({'torch': str(torch.__version__), 'onnx': onnx.__version__})
    write_goldens(folder, {'seed': SEED, 'versions': versions}, goldens)
    for path in sorted(folder.glob('*.safetensors')) + [folder / 'cases.json']:
        print(f'{path.stat().st_size:>9} bytes  {path.name}')
    print(f'{len(goldens)} cases; float64 truth against ONNX in {count} layers: largest difference {worst:.1e}')
    print(f'largest float32Error {max(golden.float32_error for golden in goldens):.1e}')
    print(f'largest sensitivity {max(golden.sensitivity for golden in goldens):.1e}')


main()
