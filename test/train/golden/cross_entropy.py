"""Cross-entropy of PyTorch 1.13 in float64 for rows of many widths: writes cross-entropy.json. Run: python3 cross_entropy.py

Logits are formulas, which the test computes as well: 12 * sin(0.7311 * i + width), as float32.
"""

import json
from pathlib import Path

import numpy as np
import torch

ROWS = 3


def case(width, smoothing, weighted, ignore, spread=12.0):
    i = np.arange(ROWS * width)
    logits = torch.from_numpy((spread * np.sin(0.7311 * i + width)).astype('<f4')).double().view(ROWS, width)
    logits.requires_grad_(True)
    target = [(5 * row + 1) % width for row in range(ROWS)]
    if ignore:
        target[1] = -100
    # Every fifth class weighs nothing.
    weights = [0.25 * (k % 5) for k in range(width)] if weighted else None
    loss = torch.nn.functional.cross_entropy(
        logits,
        torch.tensor(target),
        weight=torch.tensor(weights, dtype=torch.float64) if weighted else None,
        label_smoothing=smoothing,
    )
    loss.backward()
    return {
        'width': width,
        'spread': spread,
        'options': {'labelSmoothing': smoothing, **({'classWeights': weights} if weighted else {})},
        'target': target,
        'value': loss.item(),
        'gradient': [float(f'{g:.9g}') for g in logits.grad.flatten().tolist()],
    }


cases = [
    case(width, smoothing, weighted, ignore)
    for width in (2, 3, 4, 5, 7, 9, 30)
    for smoothing in (0.0, 0.1)
    for weighted in (False, True)
    for ignore in (False, True)
]
cases += [case(769, 0.0, False, False), case(769, 0.1, True, True), case(1000, 0.0, False, False, 90.0)]
Path(__file__).with_name('cross-entropy.json').write_text(json.dumps(cases, separators=(',', ':')) + '\n')
