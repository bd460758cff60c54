"""Golden cases of RNNCell, LSTMCell and GRUCell: one step, by the same truth as the layers."""

from typing import Any, Dict, List, Tuple

import numpy as np
import torch

from generator.draw import PROFILES, draw_parameters, generator_for, uniform
from generator.golden import Arrays, Golden, largest_error, sensitivity, to_float32
from generator.gru_reference import gru_cell, weights_of

# (hiddenSize, inputSize): one, odd, primes, exact lane and panel widths
SIZES = [(1, 1), (3, 4), (8, 8), (7, 13), (16, 5), (23, 17), (13, 31), (24, 16)]
KINDS: List[Tuple[str, Dict[str, Any]]] = [
    ('RNNCell', {'nonlinearity': 'tanh'}),
    ('RNNCell', {'nonlinearity': 'relu'}),
    ('LSTMCell', {}),
    ('GRUCell', {'resetAfter': True}),
    ('GRUCell', {'resetAfter': False}),
]
LARGEST_SENSITIVITY = 5e-7


def torch_cell(kind: str, options: Dict[str, Any]) -> torch.nn.Module:
    extra = {'nonlinearity': options['nonlinearity']} if kind == 'RNNCell' else {}
    return getattr(torch.nn, kind)(options['inputSize'], options['hiddenSize'], bias=options['bias'], **extra)


def run_cell(kind: str, options: Dict[str, Any], sources: Arrays, double: bool) -> Arrays:
    """The new state in float32 or float64; `sources` as in layers.run."""
    parameters = {key: value for key, value in sources.items() if key != 'input' and not key.startswith('state.')}
    x, state = sources['input'], [value for key, value in sources.items() if key.startswith('state.')]
    if options.get('resetAfter') is False:
        dtype = np.float64 if double else np.float32
        h = state[0] if state else np.zeros([*x.shape[:-1], options['hiddenSize']])
        shaped = [np.atleast_2d(value).astype(dtype) for value in (x, h)]
        after = gru_cell(shaped[0], shaped[1], weights_of(parameters, '', dtype), reset_after=False)
        return {'h': after.reshape(h.shape)}
    dtype = torch.float64 if double else torch.float32
    module = torch_cell(kind, options).to(dtype)
    module.load_state_dict({name: torch.tensor(value, dtype=dtype) for name, value in parameters.items()})
    tensors = tuple(torch.tensor(value, dtype=dtype) for value in state)
    hx = None if not tensors else tensors if kind == 'LSTMCell' else tensors[0]
    with torch.no_grad():
        after = module(torch.tensor(x, dtype=dtype), hx)
    return {name: value.numpy() for name, value in zip('hc', after if kind == 'LSTMCell' else (after,))}


def cell_golden(kind: str, options: Dict[str, Any], batch: int, with_state: bool, values: str) -> Golden:
    """One cell case; `batch` 0 means an unbatched input [I]."""
    variant = options.get('nonlinearity') or {True: 'after', False: 'before'}.get(options.get('resetAfter'), '')
    words = [kind.lower(), variant, values, f'h{options["hiddenSize"]}', f'i{options["inputSize"]}']
    words += [f'b{batch}' if batch else 'unbatched', '' if options['bias'] else 'nobias', 'state' if with_state else '']
    name = '-'.join(word for word in words if word)
    shapes = {key: list(tensor.shape) for key, tensor in torch_cell(kind, options).named_parameters()}
    leading, profile = [batch] if batch else [], PROFILES[values]
    for attempt in range(100):
        rng = generator_for(name, attempt)
        parameters = draw_parameters(rng, shapes, values)
        x = uniform(rng, [*leading, options['inputSize']], profile.input)
        names = ('h', 'c') if kind == 'LSTMCell' else ('h',)
        state = {key: uniform(rng, [*leading, options['hiddenSize']], profile.state) for key in names if with_state}
        sources = {**parameters, 'input': x, **{f'state.{key}': value for key, value in state.items()}}
        truth = run_cell(kind, options, sources, double=True)
        noise = sensitivity(lambda moved: run_cell(kind, options, moved, double=True), sources, truth)
        if noise <= LARGEST_SENSITIVITY:
            break
    else:
        raise AssertionError(f'{name}: no well-conditioned draw')
    golden = Golden(name, 'cells', kind, options, parameters, x, to_float32(truth), values=values, state=state)
    golden.source = 'reference-float64' if options.get('resetAfter') is False else 'pytorch-float64'
    golden.sensitivity = noise
    golden.float32_error = largest_error(run_cell(kind, options, sources, double=False), truth)
    return golden


def cell_goldens() -> List[Golden]:
    """Every size, with bias, batch and state rotating so that each of their eight combinations meets each kind."""
    goldens: List[Golden] = []
    for kind, extra in KINDS:
        for index, (hidden, inputs) in enumerate(SIZES):
            options = {'inputSize': inputs, 'hiddenSize': hidden, 'bias': bool(index & 1), **extra}
            batch = (1 + index % 3 if index < 6 else 5) if index & 2 else 0
            goldens.append(cell_golden(kind, options, batch, bool(index & 4), 'plain'))
        options = {'inputSize': 5, 'hiddenSize': 7, 'bias': True, **extra}
        goldens += [cell_golden(kind, options, 3, True, values) for values in ('saturating', 'tiny')]
    return goldens
