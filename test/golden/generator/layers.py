"""Turns a layer configuration into a golden case: draws its numbers, asks PyTorch or the GRU reference for truth."""

from typing import Any, Dict, List, Optional

import numpy as np
import torch

from generator.draw import (
    PROFILES,
    draw_lengths,
    draw_parameters,
    fill_padding,
    generator_for,
    plant_nonfinite,
    uniform,
)
from generator.golden import Arrays, Golden, largest_error, sensitivity, to_float32
from generator.grid import FAMILIES, LayerCase
from generator.gru_reference import run_gru

# A case whose truth moves by more than this, per layer and direction, under a half-ulp perturbation is drawn again:
# it would test luck. Only saturating draws ever need it: weights of 50 amplify what is not saturated.
LARGEST_SENSITIVITY = 5e-7
ATTEMPTS = 400

# What float32 itself may cost; a larger distance between PyTorch's float32 and float64 would mean a bad case.
LARGEST_FLOAT32_ERROR = 2e-6


def torch_layer(kind: str, options: Dict[str, Any]) -> torch.nn.Module:
    """The torch.nn module with these camelCase options."""
    extra: Dict[str, Any] = {'proj_size': options['projSize']} if kind == 'LSTM' else {}
    if kind == 'RNN':
        extra = {'nonlinearity': options['nonlinearity']}
    return getattr(torch.nn, kind)(
        options['inputSize'],
        options['hiddenSize'],
        num_layers=options['numLayers'],
        bias=options['bias'],
        batch_first=options['batchFirst'],
        bidirectional=options['bidirectional'],
        **extra,
    )


def run_torch(
    kind: str,
    options: Dict[str, Any],
    parameters: Arrays,
    x: np.ndarray,
    state: Arrays,
    lengths: Optional[List[int]],
    dtype: torch.dtype,
) -> Arrays:
    """PyTorch's output, h_n and c_n in `dtype`, from the same float32 numbers."""
    module = torch_layer(kind, options).to(dtype)
    module.load_state_dict({name: torch.tensor(value, dtype=dtype) for name, value in parameters.items()})
    tensors = tuple(torch.tensor(value, dtype=dtype) for value in state.values())
    hx = None if not tensors else tensors if kind == 'LSTM' else tensors[0]
    given: Any = torch.tensor(x, dtype=dtype)
    first = options['batchFirst']
    with torch.no_grad():
        if lengths is not None:
            total = given.shape[1 if first else 0]
            given = torch.nn.utils.rnn.pack_padded_sequence(given, torch.tensor(lengths), first, enforce_sorted=False)
        output, last = module(given, hx)
        if lengths is not None:
            output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=first, total_length=total)
    names = ('h', 'c') if kind == 'LSTM' else ('h',)
    finals = last if kind == 'LSTM' else (last,)
    return {'output': output.numpy(), **{name: tensor.numpy() for name, tensor in zip(names, finals)}}


def run(case: LayerCase, sources: Arrays, lengths: Optional[List[int]], double: bool) -> Arrays:
    """Evaluates a case. `sources` holds parameters, 'input' and 'state.*' together: `sensitivity` moves them all."""
    parameters = {key: value for key, value in sources.items() if key != 'input' and not key.startswith('state.')}
    state = {key[6:]: value for key, value in sources.items() if key.startswith('state.')}
    if case.options.get('resetAfter') is False:
        dtype = np.float64 if double else np.float32
        return run_gru(case.options, parameters, sources['input'], state, lengths, dtype)
    dtype = torch.float64 if double else torch.float32
    result = run_torch(case.kind, case.options, parameters, sources['input'], state, lengths, dtype)
    if case.kind == 'GRU' and double:
        reference = run_gru(case.options, parameters, sources['input'], state, lengths, np.float64)
        assert largest_error(reference, result) < 1e-13, f'{case.name}: the reference GRU is not torch.nn.GRU'
    return result


def draw_state(rng: np.random.Generator, case: LayerCase) -> Arrays:
    """Initial states [D*L, B, H] ([D*L, H] unbatched); a projected h has projSize columns."""
    rows = case.options['numLayers'] * (2 if case.options['bidirectional'] else 1)
    size, middle = case.options['hiddenSize'], [] if case.batch is None else [case.batch]
    limit = PROFILES[case.values].state
    state = {'h': uniform(rng, [rows, *middle, case.options.get('projSize') or size], limit)}
    if case.kind == 'LSTM':
        state['c'] = uniform(rng, [rows, *middle, size], 2 * limit)
    return state


def draw_case(case: LayerCase, attempt: int) -> Golden:
    """A golden case with everything drawn and nothing expected yet."""
    rng = generator_for(case.name, attempt)
    module = torch_layer(case.kind, case.options)
    shapes = {name: list(tensor.shape) for name, tensor in module.named_parameters()}
    parameters = draw_parameters(rng, shapes, case.values)
    batch, lengths, padding = case.batch or 1, None, None
    x = uniform(rng, [case.steps, batch, case.options['inputSize']], PROFILES[case.values].input)
    if case.values == 'nonfinite':
        plant_nonfinite(x)
    if case.lengths:
        lengths = draw_lengths(rng, case.lengths, case.steps, batch)
        if case.values == 'nonfinite':
            lengths = [max(3, length) for length in lengths]  # what was planted lies in the first three steps
        padding = fill_padding(rng, x, lengths)
    state = draw_state(rng, case) if case.state else {}
    x = x[:, 0] if case.batch is None else x.swapaxes(0, 1) if case.options['batchFirst'] else x
    golden = Golden(case.name, FAMILIES[case.kind], case.kind, case.options, parameters, x, {})
    golden.values, golden.state, golden.lengths, golden.padding = case.values, state, lengths, padding
    golden.input = np.ascontiguousarray(x)
    return golden


def layer_golden(case: LayerCase) -> Golden:
    """Draws the case, again while it is ill-conditioned, and fills in what is expected and how sure that is."""
    depth = case.options['numLayers'] * (2 if case.options['bidirectional'] else 1)
    for attempt in range(ATTEMPTS):
        golden = draw_case(case, attempt)
        sources = {**golden.parameters, 'input': golden.input}
        sources.update({f'state.{key}': value for key, value in golden.state.items()})
        truth = run(case, sources, golden.lengths, double=True)
        golden.sensitivity = sensitivity(lambda moved: run(case, moved, golden.lengths, double=True), sources, truth)
        if golden.sensitivity <= depth * LARGEST_SENSITIVITY:
            break
    else:
        raise AssertionError(f'{case.name}: no well-conditioned draw')
    single = run(case, sources, golden.lengths, double=False)
    golden.float32_error = largest_error(single, truth)
    assert golden.float32_error <= depth * LARGEST_FLOAT32_ERROR, f'{case.name}: float32 off by {golden.float32_error}'
    before = case.options.get('resetAfter') is False
    golden.source = 'reference-float64' if before else 'pytorch-float64'
    if case.values == 'nonfinite' and not before:
        golden.source, truth = 'pytorch-float32', single
    golden.expected = to_float32(truth)
    return golden
