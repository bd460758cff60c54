"""Recurrent layers: which cases there are, and the gradients PyTorch gives for them."""

import itertools
import random as python_random
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np
import torch

from draw import Random, mulberry32, uniform

Case = Dict[str, Any]

KINDS = [
    ('RNN', {'nonlinearity': 'tanh'}),
    ('RNN', {'nonlinearity': 'relu'}),
    ('LSTM', {'projSize': 0}),
    ('LSTM', {'projSize': 3}),
    ('GRU', {'resetAfter': True}),
    ('GRU', {'resetAfter': False}),
]

# Sizes on either side of a vector and of a tile, and one that takes several panels.
SIZES = [(3, 5), (1, 4), (4, 8), (9, 6)]
LARGE = (10, 26)

GRID = list(itertools.product([1, 2, 3], [False, True], [True, False], ['plain', 'lengths', 'unbatched'], [False, True], [False, True]))

CASES_PER_KIND = 18


def layer_cases(seed: int) -> Iterator[Tuple[Case, Dict[str, np.ndarray]]]:
    """A choice from the grid, in larger sizes, with all gradients."""
    for k, (kind, extra) in enumerate(KINDS):
        chosen = python_random.Random(seed + k).sample(GRID, CASES_PER_KIND - 1)
        for i, (layers, bidirectional, bias, mode, batch_first, state) in enumerate(chosen):
            yield make(seed + 100 * k + i, kind, extra, SIZES[i % len(SIZES)], layers, bidirectional, bias, mode, batch_first, state, 6, 3)
        yield make(seed + 100 * k + 99, kind, {**extra, **({'projSize': 13} if extra.get('projSize') else {})}, LARGE, 2, True, True, 'lengths', False, True, 17, 19)


def grid_cases(seed: int) -> Iterator[Tuple[Case, Dict[str, np.ndarray]]]:
    """Every point of the grid, small. A file of all gradients would be large: what is expected is a digest of each."""
    for k, (kind, extra) in enumerate(KINDS):
        extra = {**extra, **({'projSize': 2} if extra.get('projSize') else {})}
        for i, (layers, bidirectional, bias, mode, batch_first, state) in enumerate(GRID):
            sizes = [(2, 3), (3, 5)][i % 2]
            case, expected = make(seed + 10000 * (k + 1) + i, kind, extra, sizes, layers, bidirectional, bias, mode, batch_first, state, 4, 3)
            yield {**case, 'name': f'grid-{k}-{i}'}, {'digest': digest(case['seed'], expected)}


def digest(seed: int, gradients: Dict[str, np.ndarray]) -> np.ndarray:
    """For each tensor its largest magnitude, then three sums of its elements under drawn signs."""
    draw = mulberry32(seed + 1)
    rows = []
    for value in gradients.values():
        sums = [sum(x * (1 if draw() < 0.5 else -1) for x in value.reshape(-1)) for _ in range(3)]
        rows.append([np.abs(value).max(), *sums])
    return np.array(rows)


def make(seed, kind, extra, sizes, layers, bidirectional, bias, mode, batch_first, state, steps, batch):
    input_size, hidden = sizes
    options = {'inputSize': input_size, 'hiddenSize': hidden, 'numLayers': layers, 'bias': bias}
    options.update({'batchFirst': batch_first, 'bidirectional': bidirectional, **extra})
    draw = mulberry32(seed)
    lengths = [1 + int(draw() * steps) for _ in range(batch)] if mode == 'lengths' else None
    lead = [steps] if mode == 'unbatched' else [batch, steps] if batch_first else [steps, batch]
    case = {'name': f'{kind.lower()}-{seed}', 'kind': kind, 'options': options, 'seed': seed, 'lead': lead}
    case.update({'batch': None if mode == 'unbatched' else batch, 'steps': steps, 'lengths': lengths, 'state': state})
    return case, gradients(case, draw)


def gradients(case: Case, draw: Random) -> Dict[str, np.ndarray]:
    """Draws what the case is made of, in this order: weights, input, state, the loss's coefficients of output and state."""
    options, kind = case['options'], case['kind']
    hidden, projection = options['hiddenSize'], options.get('projSize', 0)
    directions = 2 if options['bidirectional'] else 1
    parameters = {name: uniform(dims, draw, 1 / np.sqrt(hidden)) for name, dims in parameter_dims(kind, options)}
    cells = directions * options['numLayers']
    lead = [cells] if case['batch'] is None else [cells, case['batch']]
    state_dims = [('h', [*lead, projection or hidden])] + ([('c', [*lead, hidden])] if kind == 'LSTM' else [])
    leaves = {name: leaf(value) for name, value in parameters.items()}
    leaves['input'] = leaf(uniform([*case['lead'], options['inputSize']], draw))
    state = {name: leaf(uniform(dims, draw)) for name, dims in state_dims} if case['state'] else {}
    leaves.update({f'state.{name}': value for name, value in state.items()})
    output, final = run(kind, options, leaves, case['lengths'])
    loss = (output * torch.tensor(uniform([*case['lead'], directions * (projection or hidden)], draw)).double()).sum()
    for (name, dims), value in zip(state_dims, final):
        loss = loss + (value * torch.tensor(uniform(dims, draw)).double()).sum()
    loss.backward()
    return {name: value.grad.numpy() for name, value in leaves.items()}


def leaf(value: np.ndarray) -> torch.Tensor:
    return torch.tensor(value).double().requires_grad_()


def parameter_dims(kind: str, options: Dict[str, Any]) -> List[Tuple[str, List[int]]]:
    """PyTorch's names and shapes in PyTorch's order, which is that of test/support/parameter-shapes.ts."""
    gates = {'RNN': 1, 'LSTM': 4, 'GRU': 3}[kind]
    hidden, projection = options['hiddenSize'], options.get('projSize', 0)
    directions = 2 if options['bidirectional'] else 1
    found = []
    for layer in range(options['numLayers']):
        for suffix in [f'_l{layer}', f'_l{layer}_reverse'][:directions]:
            columns = options['inputSize'] if layer == 0 else directions * (projection or hidden)
            found.append((f'weight_ih{suffix}', [gates * hidden, columns]))
            found.append((f'weight_hh{suffix}', [gates * hidden, projection or hidden]))
            if options['bias']:
                found += [(f'bias_ih{suffix}', [gates * hidden]), (f'bias_hh{suffix}', [gates * hidden])]
            if projection:
                found.append((f'weight_hr{suffix}', [projection, hidden]))
    return found


def run(kind: str, options: Dict[str, Any], leaves: Dict[str, torch.Tensor], lengths: Optional[List[int]]):
    """The output and the final state, differentiable with respect to the leaves; weights become the module's own."""
    if options.get('resetAfter') is False:
        return run_reset_before(options, leaves, lengths)
    extra = {'proj_size': options['projSize']} if kind == 'LSTM' else {}
    if kind == 'RNN':
        extra = {'nonlinearity': options['nonlinearity']}
    module = getattr(torch.nn, kind)(
        options['inputSize'], options['hiddenSize'], num_layers=options['numLayers'], bias=options['bias'],
        batch_first=options['batchFirst'], bidirectional=options['bidirectional'], **extra,
    ).double()
    state = [leaves[name] for name in ('state.h', 'state.c') if name in leaves]
    hx = None if not state else tuple(state) if kind == 'LSTM' else state[0]
    x = leaves['input']
    first = options['batchFirst']
    if lengths is not None:
        total = x.shape[1 if first else 0]
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), first, enforce_sorted=False)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(leaves[name])
            leaves[name] = parameter
    output, final = module(x, hx)
    if lengths is not None:
        output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=first, total_length=total)
    return output, final if kind == 'LSTM' else (final,)


def run_reset_before(options: Dict[str, Any], leaves: Dict[str, torch.Tensor], lengths: Optional[List[int]]):
    """The GRU of Cho et al. 2014 with PyTorch's sign of z: n = tanh(W x + b + U (r ∘ h) + c), h' = (1 − z) n + z h."""
    x = leaves['input']
    unbatched = x.dim() == 2
    rows = x.unsqueeze(1) if unbatched else x.transpose(0, 1) if options['batchFirst'] else x
    steps, batch = rows.shape[:2]
    lengths = lengths or [steps] * batch
    hidden = options['hiddenSize']
    directions = 2 if options['bidirectional'] else 1
    finals = []
    for layer in range(options['numLayers']):
        outputs = []
        for direction in range(directions):
            suffix = f'_l{layer}' + ('_reverse' if direction else '')
            w, u = leaves[f'weight_ih{suffix}'], leaves[f'weight_hh{suffix}']
            zero = torch.zeros(3 * hidden, dtype=torch.float64)
            b, c = leaves.get(f'bias_ih{suffix}', zero), leaves.get(f'bias_hh{suffix}', zero)
            columns, last = [], []
            for k in range(batch):
                state = leaves.get('state.h')
                h = torch.zeros(hidden, dtype=torch.float64)
                if state is not None:
                    h = (state if unbatched else state[:, k])[len(finals)]
                row = [torch.zeros(hidden, dtype=torch.float64)] * steps
                order = range(lengths[k])
                for t in reversed(order) if direction else order:
                    a = w @ rows[t, k] + b
                    v = u[: 2 * hidden] @ h + c[: 2 * hidden]
                    r = torch.sigmoid(a[:hidden] + v[:hidden])
                    z = torch.sigmoid(a[hidden : 2 * hidden] + v[hidden:])
                    n = torch.tanh(a[2 * hidden :] + u[2 * hidden :] @ (r * h) + c[2 * hidden :])
                    h = (1 - z) * n + z * h
                    row[t] = h
                columns.append(torch.stack(row))
                last.append(h)
            outputs.append(torch.stack(columns, 1))
            finals.append(torch.stack(last))
        rows = torch.cat(outputs, 2)
    final = torch.stack(finals)
    if unbatched:
        return rows.squeeze(1), (final.squeeze(1),)
    return rows.transpose(0, 1) if options['batchFirst'] else rows, (final,)
