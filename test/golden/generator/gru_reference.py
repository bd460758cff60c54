"""The GRU in NumPy, both resets, written from its equations with PyTorch's parameter names (blocks r, z, n).

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + W_hn (r * h) + b_hn)       reset before the product (Cho et al. 2014; ONNX default)
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))       reset after the product (PyTorch, cuDNN)
    h' = (1 - z) * n + z * h

PyTorch has no reset-before GRU, so this is where those cases come from. It earns trust twice: its reset-after form must
equal torch.nn.GRU in every layer case, its reset-before form ONNX's own reference in every case ONNX can express.
"""

from typing import Any, Dict, List, Optional

import numpy as np

Arrays = Dict[str, np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    with np.errstate(over='ignore'):  # exp of 710 and more is infinite, and 1 / inf the right answer
        return 1 / (1 + np.exp(-x))


def gru_cell(x: np.ndarray, h: np.ndarray, weights: List[np.ndarray], reset_after: bool) -> np.ndarray:
    """One step of one layer and direction: x [B, I], h [B, H] -> h' [B, H]."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    w_r, w_z, w_n = np.split(weight_ih, 3)
    u_r, u_z, u_n = np.split(weight_hh, 3)
    b_r, b_z, b_n = np.split(bias_ih, 3)
    c_r, c_z, c_n = np.split(bias_hh, 3)
    r = sigmoid(x @ w_r.T + b_r + h @ u_r.T + c_r)
    z = sigmoid(x @ w_z.T + b_z + h @ u_z.T + c_z)
    recurrent = r * (h @ u_n.T + c_n) if reset_after else (r * h) @ u_n.T + c_n
    n = np.tanh(x @ w_n.T + b_n + recurrent)
    return (1 - z) * n + z * h


def weights_of(parameters: Arrays, suffix: str, dtype: Any) -> List[np.ndarray]:
    """weight_ih, weight_hh, bias_ih, bias_hh of a layer; absent biases are zeros."""
    weight_ih = parameters['weight_ih' + suffix].astype(dtype)
    weight_hh = parameters['weight_hh' + suffix].astype(dtype)
    zeros = np.zeros(weight_ih.shape[0], dtype)
    biases = [parameters.get(name + suffix, zeros).astype(dtype) for name in ('bias_ih', 'bias_hh')]
    return [weight_ih, weight_hh, *biases]


def run_gru(
    options: Dict[str, Any],
    parameters: Arrays,
    x: np.ndarray,
    state: Arrays,
    lengths: Optional[List[int]],
    dtype: Any,
) -> Arrays:
    """torch.nn.GRU's layers, directions, layouts and PackedSequence semantics around `gru_cell`."""
    with np.errstate(over='ignore', invalid='ignore'):  # infinities in data are data
        return run_layers(options, parameters, x, state, lengths, dtype)


def run_layers(
    options: Dict[str, Any],
    parameters: Arrays,
    x: np.ndarray,
    state: Arrays,
    lengths: Optional[List[int]],
    dtype: Any,
) -> Arrays:
    """`run_gru` without its care for floating-point warnings."""
    unbatched, batch_first = x.ndim == 2, options['batchFirst'] and x.ndim == 3
    x = x[:, None] if unbatched else x.swapaxes(0, 1) if batch_first else x
    steps, batch = x.shape[:2]
    size, directions = options['hiddenSize'], 2 if options['bidirectional'] else 1
    h0 = state.get('h', np.zeros((options['numLayers'] * directions, batch, size)))
    h0 = h0.reshape(-1, batch, size).astype(dtype)
    finals = np.zeros_like(h0)
    below = x.astype(dtype)
    for layer in range(options['numLayers']):
        above = np.zeros((steps, batch, directions * size), dtype)
        for direction in range(directions):
            weights = weights_of(parameters, f'_l{layer}' + ('_reverse' if direction else ''), dtype)
            row, columns = layer * directions + direction, slice(direction * size, (direction + 1) * size)
            for b in range(batch):
                order = range(lengths[b] if lengths else steps)
                h = h0[row, b : b + 1]
                for t in reversed(order) if direction else order:
                    h = gru_cell(below[t, b : b + 1], h, weights, options['resetAfter'])
                    above[t, b, columns] = h[0]
                finals[row, b] = h[0]
        below = above
    if unbatched:
        return {'output': below[:, 0], 'h': finals[:, 0]}
    return {'output': below.swapaxes(0, 1) if batch_first else below, 'h': finals}
