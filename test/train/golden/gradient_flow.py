#!/usr/bin/python3
"""Writes gradient-flow.json and .safetensors beside this file: /usr/bin/python3 test/train/golden/gradient_flow.py

For each layer, PyTorch's gradient of L = sum(u * h_T) / sqrt(B) by the hidden state h_t (and cell state c_t) after every
step t of every layer, as the norm over batch and units: index d of a list is the distance d = T - t; 'weights' is the norm of
the gradient by all weights. Float64 from float32
numbers; float32Error is the largest relative distance of PyTorch's own float32 answer.
"""

import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import torch

SEED = 20261124
HERE = Path(__file__).resolve().parent
INPUTS, HIDDEN, BATCH, STEPS = 3, 24, 4, 100


def generator(name):
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def orthogonal(rng, size):
    q, r = np.linalg.qr(rng.normal(size=(size, size)))
    return q * np.sign(np.diag(r))


def make(kind, hidden, layers=1, recurrent_gain=None, gate_bias=None, scale=1.0, name='', **options):
    """A layer with PyTorch's uniform weights times scale, or orthogonal recurrent weights times a gain for each gate."""
    rng = generator(name)
    module = getattr(torch.nn, kind)(INPUTS, hidden, layers, **options)
    gates = {'RNN': 1, 'LSTM': 4, 'GRU': 3}[kind]
    for key, parameter in module.named_parameters():
        array = rng.uniform(-1, 1, tuple(parameter.shape)) * scale / np.sqrt(hidden)
        if recurrent_gain is not None and key.startswith('weight_hh'):
            array = np.concatenate([orthogonal(rng, hidden) * recurrent_gain for _ in range(gates)])
        if gate_bias is not None and key.startswith('bias'):
            array[hidden:2 * hidden] = gate_bias if key.startswith('bias_ih') else 0
        parameter.data = torch.tensor(array.astype(np.float32))
    return module


def flow(module, inputs, direction):
    """Norms of the gradients by distance, for each layer: { h: [layer][distance], c: … }."""
    batch = inputs.shape[1]
    layers, hidden = module.num_layers, module.hidden_size
    state = [torch.zeros(layers, batch, hidden, dtype=inputs.dtype) for _ in range(2 if module.mode == 'LSTM' else 1)]
    kept = []
    for x in inputs:
        state = [part.clone().requires_grad_() if not part.requires_grad else part.clone() for part in state]
        for part in state:
            part.retain_grad()
        kept.append(state)
        _, after = module(x.unsqueeze(0), tuple(state) if len(state) == 2 else state[0])
        state = list(after) if len(state) == 2 else [after]
    state = [part.clone() for part in state]
    for part in state:
        part.retain_grad()
    kept.append(state)
    ((state[0][-1] * direction).sum() / batch**0.5).backward()
    # kept[t] is the state after step t; kept[0], before the first, is at distance T.
    names = ['h', 'c'][:len(state)]
    weights = sum(float(p.grad.double().pow(2).sum()) for p in module.parameters())**0.5
    return {'weights': [[weights]], **{name: [[float((kept[t][k].grad[layer] if kept[t][k].grad is not None else torch.zeros(1)).double().norm())
                    for t in range(len(kept) - 1, -1, -1)] for layer in range(layers)]
            for k, name in enumerate(names)}}


def relative(got, truth):
    # Below 1e-36 float32 has no full precision left.
    return max(abs(g - t) / t for key in truth for a, b in zip(got[key], truth[key]) for g, t in zip(a, b) if t > 1e-36)


def case(name, title, kind, hidden=HIDDEN, steps=STEPS, input_scale=0.5, **options):
    rng = generator(name + ' input')
    inputs = (rng.normal(size=(steps, BATCH, INPUTS)) * input_scale).astype(np.float32)
    direction = np.full(hidden, 1 / np.sqrt(hidden), dtype=np.float32)
    module = make(kind, hidden, name=name, **options)
    plain = flow(module, torch.tensor(inputs), torch.tensor(direction))
    module.zero_grad()
    module = module.double()
    truth = flow(module, torch.tensor(inputs).double(), torch.tensor(direction).double())
    error = relative(plain, truth)
    radius = float(np.abs(np.linalg.eigvals(module.weight_hh_l0.detach().numpy()[-hidden:])).max())
    weights = {f'{name}/{key}': value.detach().float().numpy() for key, value in module.named_parameters()}
    entry = {'name': name, 'title': title, 'kind': kind, 'options': {'inputSize': INPUTS, 'hiddenSize': hidden,
             'numLayers': module.num_layers, **({'nonlinearity': 'relu'} if options.get('nonlinearity') else {})},
             'steps': steps, 'float32Error': float(f'{error:.2e}'), 'spectralRadiusOfLastBlock': float(f'{radius:.9g}'),
             'expected': {key: [[float(f'{value:.9g}') for value in layer] for layer in layers] for key, layers in truth.items()}}
    ratio = truth['h'][-1][-1]
    print(f'{name:24s} {title:42s} d=0 {truth["h"][-1][0]:.2g}  d=T {ratio:9.3g}  error {error:.1e}'
          + (f'  c: {truth["c"][-1][-1]:.3g}' if 'c' in truth else ''), file=sys.stderr)
    return entry, {**weights, f'{name}/input': inputs, f'{name}/direction': direction}


CASES = [
    case('rnn-half', 'tanh, orthogonal times 0.5', 'RNN', recurrent_gain=0.5),
    case('rnn-one', 'tanh, orthogonal', 'RNN', recurrent_gain=1.0),
    case('rnn-more', 'tanh, orthogonal times 1.5', 'RNN', recurrent_gain=1.5, input_scale=0.1),
    case('rnn-uniform', "tanh, PyTorch's uniform", 'RNN'),
    case('rnn-relu', 'ReLU, orthogonal times 2', 'RNN', recurrent_gain=2.0, nonlinearity='relu'),
    case('lstm-uniform', "PyTorch's uniform", 'LSTM'),
    case('lstm-forget-2', 'forget bias 2', 'LSTM', gate_bias=2.0),
    case('lstm-forget-5', 'forget bias 5', 'LSTM', gate_bias=5.0),
    case('lstm-closed', 'forget bias -3', 'LSTM', gate_bias=-3.0),
    case('lstm-wild', 'forget bias 3, orthogonal times 4', 'LSTM', recurrent_gain=4.0, gate_bias=3.0, input_scale=0.1),
    case('gru-uniform', "PyTorch's uniform", 'GRU'),
    case('gru-keeping', 'update bias 5', 'GRU', gate_bias=5.0),
    case('gru-closed', 'update bias -3', 'GRU', gate_bias=-3.0),
    case('gru-wild', 'update bias 2, orthogonal times 6', 'GRU', recurrent_gain=6.0, gate_bias=2.0, input_scale=0.1),
    case('lstm-two-layers', 'two layers', 'LSTM', hidden=10, steps=20, layers=2),
    case('gru-two-layers', 'two layers', 'GRU', hidden=10, steps=20, layers=2),
    case('rnn-two-layers', 'two layers, no bias', 'RNN', hidden=10, steps=20, layers=2, bias=False),
]


def write():
    tensors = {key: value for _, arrays in CASES for key, value in arrays.items()}
    header, offset = {}, 0
    for key, array in tensors.items():
        header[key] = {'dtype': 'F32', 'shape': list(array.shape), 'data_offsets': [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    data = b''.join(array.astype('<f4').tobytes() for array in tensors.values())
    (HERE / 'gradient-flow.safetensors').write_bytes(struct.pack('<Q', len(text)) + text + data)
    lines = ',\n'.join(json.dumps(entry) for entry, _ in CASES)
    (HERE / 'gradient-flow.json').write_text(f'{{"seed": {SEED}, "torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')


write()
