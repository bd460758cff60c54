#!/usr/bin/python3
"""Writes the vectors beside this file: /usr/bin/python3 test/train/golden/generate.py

Gradients by PyTorch's autograd in float64, of the loss Σ output ∘ a + Σ h_n ∘ b + Σ c_n ∘ d with drawn a, b, d, for a
seeded choice from the grid of all options of RNN, LSTM and GRU (the GRU that resets before the product, which PyTorch
lacks, is written out below), and of chains of modules. Loss curves of whole training runs in PyTorch's float32, of the tape
and of `fit`; windows of truncated backpropagation; and digests of the gradients of every point of the grid.
Weights, inputs and states are drawn anew by whoever reads the files: draw.py and test/support/random.ts agree on them.
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import torch  # noqa: E402

from chains import chain_cases  # noqa: E402
from fits import fit_cases  # noqa: E402
from layers import grid_cases, layer_cases  # noqa: E402
from runs import run_cases  # noqa: E402
from truncated import truncated_cases  # noqa: E402
from tensorfile import write_tensors  # noqa: E402

SEED = 20261124


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(__file__).parent
    write(folder, 'cases.json', 'expected.safetensors', {
        'layers': layer_cases(SEED), 'chains': chain_cases(SEED), 'runs': run_cases(SEED), 'fits': fit_cases(SEED),
        'truncated': truncated_cases(SEED),
    })
    write(folder, 'grid.json', 'grid.safetensors', {'grid': grid_cases(SEED)})


def write(folder: Path, names: str, values: str, families: dict) -> None:
    tensors = {}
    cases = {}
    for family, made in families.items():
        cases[family] = []
        for case, expected in made:
            cases[family].append(case)
            for name, value in expected.items():
                tensors[f"{case['name']}/{name}"] = value
    write_tensors(folder / values, tensors)
    about = json.dumps({'seed': SEED, 'torch': str(torch.__version__)})[1:-1]
    lists = [f'"{family}": [\n' + ',\n'.join(map(json.dumps, made)) + '\n]' for family, made in cases.items()]
    (folder / names).write_text('{' + ', '.join([about, *lists]) + '}\n')
    print({family: len(made) for family, made in cases.items()}, (folder / values).stat().st_size, 'bytes')


main()
