"""The operators RNN, LSTM and GRU in float64, written from their text in onnx/docs/Operators.md and from nothing else.

One sequence and one direction at a time, gates by name, no speed intended. The text is quoted where it decides something.
"""

from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

Array = np.ndarray
Function = Callable[[Array], Array]

# "activation_alpha ... Default values are the same as of corresponding ONNX operators."
TAKES = {
    'Affine': ('alpha', 'beta'), 'LeakyRelu': ('alpha',), 'ThresholdedRelu': ('alpha',), 'ScaledTanh': ('alpha', 'beta'),
    'HardSigmoid': ('alpha', 'beta'), 'Elu': ('alpha',),
}
DEFAULTS = {
    'Affine': (1.0, 0.0), 'LeakyRelu': (0.01, 0.0), 'ThresholdedRelu': (1.0, 0.0), 'ScaledTanh': (1.0, 1.0),
    'HardSigmoid': (0.2, 0.5), 'Elu': (1.0, 0.0),
}
GATES = {'RNN': 'h', 'LSTM': 'iofc', 'GRU': 'zrh'}
DEFAULT_ACTIVATIONS = {'RNN': ['Tanh'], 'LSTM': ['Sigmoid', 'Tanh', 'Tanh'], 'GRU': ['Sigmoid', 'Tanh']}


def function(name: str, alpha: float, beta: float) -> Function:
    """'Equations (Default: ...)' and 'notations' of the three operators."""
    table: Dict[str, Function] = {
        'Relu': lambda x: np.maximum(0, x),
        'Tanh': np.tanh,
        'Sigmoid': lambda x: 1 / (1 + np.exp(-x)),
        'Affine': lambda x: alpha * x + beta,
        'LeakyRelu': lambda x: np.where(x >= 0, x, alpha * x),
        'ThresholdedRelu': lambda x: np.where(x >= alpha, x, 0),
        'ScaledTanh': lambda x: alpha * np.tanh(beta * x),
        'HardSigmoid': lambda x: np.minimum(np.maximum(alpha * x + beta, 0), 1),
        'Elu': lambda x: np.where(x >= 0, x, alpha * (np.exp(x) - 1)),
        'Softsign': lambda x: x / (1 + np.abs(x)),
        'Softplus': lambda x: np.log(1 + np.exp(x)),
    }
    return table[name]


def functions(names: List[str], alphas: List[float], betas: List[float]) -> List[Function]:
    """'The values are consumed in the order of activation functions.'"""
    left = {'alpha': list(alphas), 'beta': list(betas)}
    result = []
    for name in names:
        values = dict(zip(('alpha', 'beta'), DEFAULTS.get(name, (0.0, 0.0))))
        for constant in TAKES.get(name, ()):
            if left[constant]:
                values[constant] = left[constant].pop(0)
        result.append(function(name, values['alpha'], values['beta']))
    return result


def clip_with(threshold: float) -> Function:
    """'Cell clip threshold. Clipping bounds the elements of a tensor in the range of [-threshold, +threshold] and is
    applied to the input of activations. No clip if not specified.'

    Read as onnxruntime reads it: the sums of products are clipped, the cell state on its way through h is not."""
    return (lambda x: np.clip(x, -threshold, threshold)) if threshold else (lambda x: x)


def blocks(op: str, rows: Array) -> Dict[str, Array]:
    return dict(zip(GATES[op], np.split(rows, len(GATES[op]))))


def step(op: str, attributes: Dict[str, Any], weights: Dict[str, Array], act: List[Function], x: Array, h: Array, c: Array
         ) -> Tuple[Array, Array]:
    w, r = blocks(op, weights['W']), blocks(op, weights['R'])
    wb, rb = (blocks(op, half) for half in np.split(weights['B'], 2))
    clip = clip_with(attributes.get('clip', 0.0))
    f = lambda v: act[0](clip(v))
    if op == 'RNN':  # Ht = f(Xt*(Wi^T) + Ht-1*(Ri^T) + Wbi + Rbi)
        return f(w['h'] @ x + r['h'] @ h + wb['h'] + rb['h']), c
    g = lambda v: act[1](clip(v))
    if op == 'GRU':
        z = f(w['z'] @ x + r['z'] @ h + wb['z'] + rb['z'])
        reset = f(w['r'] @ x + r['r'] @ h + wb['r'] + rb['r'])
        if attributes.get('linear_before_reset', 0):
            candidate = g(w['h'] @ x + reset * (r['h'] @ h + rb['h']) + wb['h'])
        else:
            candidate = g(w['h'] @ x + r['h'] @ (reset * h) + rb['h'] + wb['h'])
        return (1 - z) * candidate + z * h, c
    p_i, p_o, p_f = np.split(weights['P'], 3)
    i = f(w['i'] @ x + r['i'] @ h + p_i * c + wb['i'] + rb['i'])
    forget = f(w['f'] @ x + r['f'] @ h + p_f * c + wb['f'] + rb['f'])
    if attributes.get('input_forget', 0):  # "Couple the input and forget gates if 1."
        forget = 1 - i
    candidate = g(w['c'] @ x + r['c'] @ h + wb['c'] + rb['c'])
    cell = forget * c + i * candidate
    o = f(w['o'] @ x + r['o'] @ h + p_o * cell + wb['o'] + rb['o'])
    return o * act[2](cell), cell


def run(op: str, attributes: Dict[str, Any], inputs: Dict[str, Array]) -> Dict[str, Array]:
    """Y, Y_h and, for an LSTM, Y_c, as `layout` has them."""
    x = inputs['X'].astype(np.float64)
    hidden = attributes['hidden_size']
    reverse = {'forward': [0], 'reverse': [1], 'bidirectional': [0, 1]}[attributes.get('direction', 'forward')]
    layout = attributes.get('layout', 0)
    if layout:
        x = x.transpose(1, 0, 2)
    steps, batch, _ = x.shape
    lengths = inputs.get('sequence_lens', np.full(batch, steps))

    def state(name: str) -> Array:
        given: Optional[Array] = inputs.get(name)
        if given is None:
            return np.zeros((len(reverse), batch, hidden))
        return given.transpose(1, 0, 2).astype(np.float64) if layout else given.astype(np.float64)

    h0, c0 = state('initial_h'), state('initial_c')
    y = np.zeros((steps, len(reverse), batch, hidden))
    y_h, y_c = np.zeros_like(h0), np.zeros_like(c0)
    names = attributes.get('activations', DEFAULT_ACTIVATIONS[op] * len(reverse))
    act = functions(names, attributes.get('activation_alpha', []), attributes.get('activation_beta', []))
    per = len(names) // len(reverse)
    rows = len(GATES[op]) * hidden
    for d, backwards in enumerate(reverse):
        weights = {key: inputs[key][d].astype(np.float64) for key in ('W', 'R')}
        weights['B'] = inputs['B'][d].astype(np.float64) if 'B' in inputs else np.zeros(2 * rows)
        weights['P'] = inputs['P'][d].astype(np.float64) if 'P' in inputs else np.zeros(3 * hidden)
        for b in range(batch):
            h, c = h0[d, b], c0[d, b]
            order = range(int(lengths[b]))
            for t in reversed(order) if backwards else order:
                h, c = step(op, attributes, weights, act[d * per:(d + 1) * per], x[t, b], h, c)
                y[t, d, b] = h
            y_h[d, b], y_c[d, b] = h, c
    if layout:
        y, y_h, y_c = y.transpose(2, 0, 1, 3), y_h.transpose(1, 0, 2), y_c.transpose(1, 0, 2)
    result = {'Y': y, 'Y_h': y_h}
    return {**result, 'Y_c': y_c} if op == 'LSTM' else result
