"""Truncated backpropagation through time: windows of a sequence, the state handed on, the gradient cut between them.

The last window is shorter, and its sequences end at different steps.
"""

from typing import Any, Dict, Iterator, Tuple

import numpy as np
import torch

from draw import mulberry32, uniform
from layers import KINDS, leaf, parameter_dims, run

WINDOWS, BATCH, INPUTS, HIDDEN = [5, 5, 3], 3, 3, 5
LENGTHS = [[5, 5, 5], [5, 5, 5], [2, 3, 1]]


def truncated_cases(seed: int) -> Iterator[Tuple[Dict[str, Any], Dict[str, np.ndarray]]]:
    for k, (kind, extra) in enumerate(KINDS):
        options = {'inputSize': INPUTS, 'hiddenSize': HIDDEN, 'numLayers': 2, 'bias': True, 'batchFirst': k % 2 == 1, 'bidirectional': False, **extra}
        case = {'name': f'truncated-{k}', 'kind': kind, 'options': options, 'seed': seed + 4000 + k, 'windows': WINDOWS, 'batch': BATCH, 'lengths': LENGTHS}
        yield case, gradients(case)


def gradients(case: Dict[str, Any]) -> Dict[str, np.ndarray]:
    """Draws the weights, then for each window its input and the loss's coefficients; the loss is Σ output ∘ a."""
    draw = mulberry32(case['seed'])
    kind, options = case['kind'], case['options']
    lead = lambda steps: [BATCH, steps] if options['batchFirst'] else [steps, BATCH]  # noqa: E731
    weights = {name: leaf(uniform(dims, draw, 1 / np.sqrt(HIDDEN))) for name, dims in parameter_dims(kind, options)}
    width = options.get('projSize', 0) or HIDDEN
    found: Dict[str, np.ndarray] = {}
    state: Dict[str, torch.Tensor] = {}
    for w, (steps, lengths) in enumerate(zip(case['windows'], case['lengths'])):
        leaves = {**weights, 'input': leaf(uniform([*lead(steps), INPUTS], draw)), **state}
        output, final = run(kind, options, leaves, lengths)
        (output * torch.tensor(uniform([*lead(steps), width], draw)).double()).sum().backward()
        found[f'{w}/output'] = output.detach().numpy()
        for name, part in zip(['h', 'c'], final):
            found[f'{w}/state.{name}'] = part.detach().numpy()
            state[f'state.{name}'] = part.detach().requires_grad_()
        for name, value in leaves.items():
            found[f'{w}/gradient/{name}'] = value.grad.numpy()
        weights = {name: value.detach().clone().requires_grad_() for name, value in weights.items()}
    return found
