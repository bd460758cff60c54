"""What Keras' recurrent layers compute, in float64: written from Keras' documentation and sources (keras/src/layers, keras/src/backend),
with nothing done for speed and nothing shared with the library under test.

A layer is a dict { class_name, config, weights } with weights a list of (name, array), or, for a model, nested. A value is
an array and its mask, booleans [B, T] or None.
"""

from math import erf, sqrt
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

Array = np.ndarray
Value = Tuple[Array, Optional[Array]]
Layer = Dict[str, Any]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def activation(name: str, dialect: int) -> Callable[[Array], Array]:
    """keras.activations; a hard sigmoid was 0.2x + 0.5 before Keras 3, and is so in TensorFlow.js."""
    relu6 = lambda x: np.clip(x, 0, 6)
    softplus = lambda x: np.log(1 + np.exp(x))
    table: Dict[str, Callable[[Array], Array]] = {
        'linear': lambda x: x, 'relu': lambda x: np.maximum(x, 0), 'tanh': np.tanh, 'sigmoid': sigmoid,
        'relu6': relu6, 'softmax': softmax, 'softplus': softplus, 'softsign': lambda x: x / (1 + np.abs(x)),
        'exponential': np.exp, 'elu': lambda x: np.where(x > 0, x, np.exp(x) - 1),
        'selu': lambda x: 1.05070098735548 * np.where(x > 0, x, 1.67326324235438 * (np.exp(x) - 1)),
        'hard_sigmoid': lambda x: relu6(x + 3) / 6 if dialect == 3 else np.clip(0.2 * x + 0.5, 0, 1),
        'gelu': lambda x: 0.5 * x * (1 + np.vectorize(erf)(x / sqrt(2))),
        'silu': lambda x: x * sigmoid(x), 'swish': lambda x: x * sigmoid(x),
        'hard_silu': lambda x: x * relu6(x + 3) / 6, 'hard_swish': lambda x: x * relu6(x + 3) / 6,
        'mish': lambda x: x * np.tanh(softplus(x)), 'leaky_relu': lambda x: np.where(x > 0, x, 0.2 * x),
        'log_softmax': lambda x: np.log(softmax(x)), 'log_sigmoid': lambda x: np.log(sigmoid(x)),
        'celu': lambda x: np.maximum(x, 0) + np.minimum(np.exp(x) - 1, 0), 'hard_tanh': lambda x: np.clip(x, -1, 1),
        'hard_shrink': lambda x: np.where(np.abs(x) > 0.5, x, 0), 'tanh_shrink': lambda x: x - np.tanh(x),
        'soft_shrink': lambda x: np.where(x > 0.5, x - 0.5, np.where(x < -0.5, x + 0.5, 0)),
        'squareplus': lambda x: (x + np.sqrt(x * x + 4)) / 2,
        'sparse_plus': lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
        'sparse_sigmoid': lambda x: np.where(x <= -1, 0, np.where(x >= 1, 1, 0.5 * (x + 1))),
    }
    return table[name]


# ---- recurrent layers: keras/src/layers/rnn

def cell_step(kind: str, config: Dict[str, Any], weights: Dict[str, Array], x: Array, states: List[Array], dialect: int
              ) -> Tuple[Array, List[Array]]:
    """SimpleRNNCell.call, LSTMCell.call, GRUCell.call."""
    act = activation(config.get('activation', 'tanh'), dialect)
    rec = activation(config.get('recurrent_activation', 'sigmoid'), dialect)
    k, u, b = weights['kernel'], weights['recurrent_kernel'], weights.get('bias')
    h = states[0]
    if kind == 'SimpleRNN':
        out = act(x @ k + (0 if b is None else b) + h @ u)
        return out, [out]
    if kind == 'LSTM':
        z = x @ k + h @ u + (0 if b is None else b)
        z0, z1, z2, z3 = np.split(z, 4, axis=1)
        i, f = rec(z0), rec(z1)
        c = f * states[1] + i * act(z2)
        out = rec(z3) * act(c)
        return out, [out, c]
    units = config['units']
    if config.get('reset_after', False):
        matrix_x = x @ k + (0 if b is None else b[0])
        x_z, x_r, x_h = np.split(matrix_x, 3, axis=1)
        matrix_inner = h @ u + (0 if b is None else b[1])
        r_z, r_r, r_h = np.split(matrix_inner, 3, axis=1)
        z, r = rec(x_z + r_z), rec(x_r + r_r)
        hh = act(x_h + r * r_h)
    else:
        matrix_x = x @ k + (0 if b is None else b)
        x_z, x_r, x_h = np.split(matrix_x, 3, axis=1)
        inner = h @ u[:, : 2 * units]
        z, r = rec(x_z + inner[:, :units]), rec(x_r + inner[:, units:])
        hh = act(x_h + (r * h) @ u[:, 2 * units:])
    out = z * h + (1 - z) * hh
    return out, [out]


def cells_of(layer: Layer) -> List[Layer]:
    if layer['class_name'] != 'RNN':
        return [layer]
    cell = layer['cell']
    return cell if isinstance(cell, list) else [cell]


def kind_of(cell: Layer) -> str:
    return cell['class_name'].replace('Cell', '')


def run_rnn(layer: Layer, x: Array, mask: Optional[Array], initial: Optional[List[Array]], dialect: int
            ) -> Tuple[Array, Array, List[Array]]:
    """backend.rnn: all outputs in the order in which steps are taken, the last one, the final states."""
    config = layer['config']
    cells = cells_of(layer)
    batch, steps, _ = x.shape
    if config.get('go_backwards'):
        x = x[:, ::-1]
        mask = None if mask is None else mask[:, ::-1]
    counts = [2 if kind_of(cell) == 'LSTM' else 1 for cell in cells]
    states = initial or [np.zeros((batch, c['config']['units'])) for c, n in zip(cells, counts) for _ in range(n)]
    outputs: List[Array] = []
    previous = np.zeros((batch, cells[-1]['config']['units']))
    for t in range(steps):
        value, new_states, at = x[:, t], [], 0
        for cell, count in zip(cells, counts):
            weights = {name: array.astype(np.float64) for name, array in cell['weights']}
            value, own = cell_step(kind_of(cell), cell['config'], weights, value, states[at:at + count], dialect)
            new_states += own
            at += count
        if mask is not None:
            keep = mask[:, t:t + 1]
            value = np.where(keep, value, 0 if config.get('zero_output_for_mask') else previous)
            new_states = [np.where(keep, new, old) for new, old in zip(new_states, states)]
        states, previous = new_states, value
        outputs.append(value)
    return np.stack(outputs, axis=1), previous, states


def recurrent(layer: Layer, inputs: List[Value], states: List[Array], dialect: int) -> List[Value]:
    x, mask = inputs[0]
    config = layer['config']
    outputs, last, final = run_rnn(layer, x, mask, states or None, dialect)
    result: Value = (outputs, mask) if config.get('return_sequences') else (last, None)
    return [result] + ([(state, None) for state in final] if config.get('return_state') else [])


def bidirectional(layer: Layer, inputs: List[Value], states: List[Array], dialect: int) -> List[Value]:
    """Bidirectional.call; where it returns sequences, masked steps are zeros whatever the layers say."""
    x, mask = inputs[0]
    mode = layer['config'].get('merge_mode', 'concat')
    half = len(states) // 2
    results = []
    for part, initial in ((layer['forward'], states[:half]), (layer['backward'], states[half:])):
        sequences = part['config'].get('return_sequences', False)
        own = {**part, 'config': {**part['config'], 'zero_output_for_mask': sequences}}
        results.append(run_rnn(own, x, mask, initial or None, dialect))
    (y, y_last, y_states), (r, r_last, r_states) = results
    sequences = layer['forward']['config'].get('return_sequences', False)
    one, two = (y, r[:, ::-1]) if sequences else (y_last, r_last)
    merged = {'concat': lambda: [np.concatenate([one, two], axis=-1)], 'sum': lambda: [one + two],
              'ave': lambda: [(one + two) / 2], 'mul': lambda: [one * two], None: lambda: [one, two]}[mode]()
    out: List[Value] = [(array, mask if sequences else None) for array in merged]
    if layer['forward']['config'].get('return_state'):
        out += [(state, None) for state in y_states + r_states]
    return out
