"""What Keras' layers compute, in float64: written from Keras' documentation and sources (keras/src/layers, keras/src/backend),
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


def sparsemax(x: Array) -> Array:
    """keras/src/backend/tensorflow/nn.py, which sums running sums over the support."""
    ordered = -np.sort(-x, axis=-1)
    running = np.cumsum(ordered, axis=-1)
    support = ordered - (running - 1) / np.arange(1, x.shape[-1] + 1) > 0
    threshold = (np.where(support, running, 0).sum(axis=-1, keepdims=True) - 1) / support.sum(axis=-1, keepdims=True)
    return np.maximum(x - threshold, 0)


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
        'sparse_sigmoid': lambda x: np.where(x <= -1, 0, np.where(x >= 1, 1, 0.5 * (x + 1))), 'sparsemax': sparsemax,
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


# ---- the other layers

def conv1d(config: Dict[str, Any], weights: Dict[str, Array], x: Array) -> Array:
    kernel = weights['kernel']
    size, channels, filters = kernel.shape
    stride, dilation, groups = config.get('strides', 1), config.get('dilation_rate', 1), config.get('groups', 1)
    span = (size - 1) * dilation + 1
    padding = config.get('padding', 'valid')
    if padding == 'causal':
        x = np.pad(x, ((0, 0), (span - 1, 0), (0, 0)))
    if padding == 'same':
        x = same_padding(x, span, stride, 0.0)
    steps = (x.shape[1] - span) // stride + 1
    out = np.zeros((x.shape[0], steps, filters))
    per = filters // groups
    for t in range(steps):
        for k in range(size):
            row = x[:, t * stride + k * dilation]
            for g in range(groups):
                part = row[:, g * channels:(g + 1) * channels]
                out[:, t, g * per:(g + 1) * per] += part @ kernel[k][:, g * per:(g + 1) * per]
    return out + weights.get('bias', 0)


def same_padding(x: Array, span: int, stride: int, value: float) -> Array:
    """TensorFlow's: as many outputs as steps / stride rounded up, the odd one of padding at the end."""
    steps = x.shape[1]
    total = max((-(-steps // stride) - 1) * stride + span - steps, 0)
    return np.pad(x, ((0, 0), (total // 2, total - total // 2), (0, 0)), constant_values=value)


def pooling(config: Dict[str, Any], x: Array, average: bool) -> Array:
    size, stride = config.get('pool_size', 2), config.get('strides') or config.get('pool_size', 2)
    if config.get('padding', 'valid') == 'same':
        x = same_padding(x, size, stride, np.nan)
    steps = (x.shape[1] - size) // stride + 1
    windows = [x[:, t * stride:t * stride + size] for t in range(steps)]
    return np.stack([(np.nanmean if average else np.nanmax)(window, axis=1) for window in windows], axis=1)


def normalise(config: Dict[str, Any], weights: Dict[str, Array], x: Array, mean: Array, variance: Array) -> Array:
    scaled = (x - mean) / np.sqrt(variance + config.get('epsilon', 1e-3))
    return scaled * weights.get('gamma', 1) + weights.get('beta', 0)


def along(axis: int, rank: int, weights: Dict[str, Array]) -> Dict[str, Array]:
    shape = [1] * rank
    shape[axis] = -1
    return {name: array.reshape(shape) for name, array in weights.items()}


def heed_masks(kind: str, combine: Any, arrays: List[Array], masks: List[Optional[Array]]) -> Array:
    """Multiply.call and _apply_merge_op_and_or_mask of Keras 3.4: what a mask leaves out is 1 to a product, and the other side's
    to an extremum."""
    joined = None if any(m is None for m in masks) else np.logical_or.reduce(masks)
    if kind == 'Multiply':
        factors = [a if m is None else np.where(m[..., None], a, 1) for a, m in zip(arrays, masks)]
        product = np.multiply.reduce(factors)
        return product if joined is None else np.where(joined[..., None], product, 0)
    output, counted = arrays[0], masks[0]
    for x, mask in zip(arrays[1:], masks[1:]):
        x = x if mask is None else np.where(mask[..., None], x, output)
        output = output if counted is None else np.where(counted[..., None], output, x)
        counted = None if mask is None or counted is None else mask | counted
        output = combine(output, x)
    return output


def merged_mask(masks: List[Optional[Array]], dialect: int) -> Optional[Array]:
    """Keras 3: Merge.compute_mask is an OR, and None where one is None. Keras 2: an AND of those that are there."""
    if dialect == 3:
        return None if any(m is None for m in masks) else np.logical_or.reduce(masks)
    there = [m for m in masks if m is not None]
    return np.logical_and.reduce(there) if there else None


def simple(layer: Layer, inputs: List[Value], dialect: int) -> Value:
    """Layers of one output without states."""
    config, kind = layer['config'], layer['class_name']
    weights = {name: array.astype(np.float64) for name, array in layer.get('weights', [])}
    x, mask = inputs[0]
    arrays, masks = [value[0] for value in inputs], [value[1] for value in inputs]
    act = lambda y: activation(config.get('activation', 'linear'), dialect)(y)
    if kind in ('Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'ActivityRegularization'):
        return x, mask
    if kind == 'Dense':
        return act(x @ weights['kernel'] + weights.get('bias', 0)), mask
    if kind == 'Embedding':
        ids = x.astype(int)
        return weights['embeddings'][ids], (ids != 0 if config.get('mask_zero') else None)
    if kind == 'Masking':
        keep = np.any(x != config.get('mask_value', 0.0), axis=-1)
        return x * keep[..., None], keep
    if kind == 'Activation':
        return act(x), mask
    if kind == 'ReLU':
        slope, threshold, top = config.get('negative_slope', 0), config.get('threshold', 0), config.get('max_value')
        y = np.where(x >= threshold, x, slope * (x - threshold))
        return (np.minimum(y, top) if top is not None else y), mask
    if kind == 'LeakyReLU':
        slope = config.get('negative_slope', config.get('alpha'))
        return np.where(x > 0, x, slope * x), mask
    if kind == 'ELU':
        return np.where(x > 0, x, config['alpha'] * (np.exp(x) - 1)), mask
    if kind == 'ThresholdedReLU':
        return np.where(x > config['theta'], x, 0), mask
    if kind == 'PReLU':
        return np.where(x > 0, x, weights['alpha'] * x), mask
    if kind == 'Softmax':
        return softmax(x, config.get('axis', -1)), mask
    if kind == 'BatchNormalization':
        own = along(config.get('axis', -1), x.ndim, weights)
        return normalise(config, own, x, own['moving_mean'], own['moving_variance']), mask
    if kind == 'LayerNormalization':
        return normalise(config, weights, x, x.mean(-1, keepdims=True), x.var(-1, keepdims=True)), mask
    if kind == 'Conv1D':
        swap = config.get('data_format') == 'channels_first'
        y = conv1d(config, weights, x.transpose(0, 2, 1) if swap else x)
        return act(y.transpose(0, 2, 1) if swap else y), None
    if kind in ('MaxPooling1D', 'AveragePooling1D'):
        return pooling(config, x, kind.startswith('Average')), None
    if kind == 'GlobalMaxPooling1D':
        axis = 2 if config.get('data_format') == 'channels_first' else 1
        return x.max(axis=axis, keepdims=config.get('keepdims', False)), None
    if kind == 'GlobalAveragePooling1D':
        axis = 2 if config.get('data_format') == 'channels_first' else 1
        if mask is None:
            return x.mean(axis=axis, keepdims=config.get('keepdims', False)), None
        weight = mask[..., None].astype(np.float64)
        total = (x * weight).sum(axis=axis, keepdims=config.get('keepdims', False))
        return total / weight.sum(axis=axis, keepdims=config.get('keepdims', False)), None
    if kind in ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'):
        first, rest = arrays[0], arrays[1:]
        combine = {'Add': np.add, 'Subtract': np.subtract, 'Multiply': np.multiply, 'Average': np.add,
                   'Maximum': np.maximum, 'Minimum': np.minimum}[kind]
        if dialect == 3 and kind in ('Multiply', 'Maximum', 'Minimum'):
            return heed_masks(kind, combine, arrays, masks), merged_mask(masks, dialect)
        for array in rest:
            first = combine(first, array)
        return (first / len(arrays) if kind == 'Average' else first), merged_mask(masks, dialect)
    if kind == 'Concatenate':
        axis = config.get('axis', -1)
        if all(m is None for m in masks):
            return np.concatenate(arrays, axis=axis), None
        full = [np.broadcast_to((np.ones(a.shape[:2], bool) if m is None else m)[..., None], a.shape)
                for a, m in zip(arrays, masks)]
        # tf_keras/src/layers/merging/concatenate.py ends in K.all, keras/src/layers/merging/concatenate.py in ops.any.
        joined = np.concatenate(full, axis=axis)
        return np.concatenate(arrays, axis=axis), joined.all(axis=-1) if dialect == 2 else joined.any(axis=-1)
    if kind == 'Flatten':
        return x.reshape(x.shape[0], -1), None
    if kind == 'Reshape':
        return x.reshape(x.shape[0], *config['target_shape']), None
    if kind == 'Permute':
        return x.transpose(0, *config['dims']), None
    if kind == 'RepeatVector':
        return np.repeat(x[:, None], config['n'], axis=1), None
    raise KeyError(kind)


def call(layer: Layer, inputs: List[Value], states: List[Array], dialect: int) -> List[Value]:
    kind = layer['class_name']
    if kind in ('SimpleRNN', 'LSTM', 'GRU', 'RNN'):
        return recurrent(layer, inputs, states, dialect)
    if kind == 'Bidirectional':
        return bidirectional(layer, inputs, states, dialect)
    if kind == 'TimeDistributed':
        x, mask = inputs[0]
        steps = [call(layer['layer'], [(x[:, t], None)], [], dialect)[0][0] for t in range(x.shape[1])]
        return [(np.stack(steps, axis=1), mask)]
    if kind in ('Sequential', 'Functional'):
        return run_model(layer, inputs, dialect)
    return [simple(layer, inputs, dialect)]


def run_model(model: Layer, inputs: List[Value], dialect: int) -> List[Value]:
    """`nodes`: (layer, references of inputs, references of states), a reference being (name, call, output)."""
    done: Dict[Tuple[str, int], List[Value]] = {(name, 0): [value] for name, value in zip(model['inputs'], inputs)}
    calls: Dict[str, int] = {}
    for layer, sources, states in model['nodes']:
        name = layer['config']['name']
        index = calls.get(name, 0)
        calls[name] = index + 1
        take = lambda refs: [done[(ref[0], ref[1])][ref[2]] for ref in refs]
        done[(name, index)] = call(layer, take(sources), [value[0] for value in take(states)], dialect)
    return [done[(ref[0], ref[1])][ref[2]] for ref in model['outputs']]
