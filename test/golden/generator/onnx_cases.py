"""ONNX's own backend node tests for RNN, LSTM and GRU, in PyTorch's names and gate order; and a check of our truth.

Gate blocks (each H rows of a weight or H elements of a bias):

           PyTorch        ONNX           PyTorch block k is ONNX block p[k]
    RNN    h              h              [0]
    LSTM   i, f, g, o     i, o, f, c     [0, 2, 3, 1]
    GRU    r, z, n        z, r, h        [1, 0, 2]

ONNX's GRU updates h' = (1 - z) * n + z * h, as PyTorch does, so no sign changes. Its B is Wb then Rb: b_ih, b_hh.
The GRU tests all have linear_before_reset = 0, which is the reset before the product. The test data carry mostly Y_h
only; the sequence Y comes from the helper that computed Y_h, run again on the same arrays.
"""

from typing import Any, Dict, List, Tuple

import numpy as np
from onnx.backend.test.case.node import _NodeTestCases
from onnx.backend.test.case.node.gru import GRU_Helper
from onnx.backend.test.case.node.lstm import LSTM_Helper
from onnx.backend.test.case.node.rnn import RNN_Helper
from onnx.helper import get_attribute_value

from generator.golden import Arrays, Golden, largest_error, sensitivity, to_float32
from generator.grid import FAMILIES, LayerCase
from generator.layers import draw_case, run

BLOCKS = {'RNN': [0], 'LSTM': [0, 2, 3, 1], 'GRU': [1, 0, 2]}
HELPERS = {'RNN': RNN_Helper, 'LSTM': LSTM_Helper, 'GRU': GRU_Helper}

# What our layers can say: anything else (peepholes P, clip, activations, direction, ...) leaves a test out.
INPUTS = {'X', 'W', 'R', 'B', 'initial_h', 'initial_c'}
ATTRIBUTES = {'hidden_size', 'layout', 'linear_before_reset'}


def reorder(array: np.ndarray, blocks: List[int]) -> np.ndarray:
    """Reorders the gate blocks along the first axis: block k of the result is block blocks[k] of `array`."""
    parts = np.split(array, len(blocks))
    return np.ascontiguousarray(np.concatenate([parts[block] for block in blocks]))


def pytorch_parameters(kind: str, tensors: Arrays) -> Arrays:
    """weight_ih_l0, weight_hh_l0 and, if there is a B, bias_ih_l0 and bias_hh_l0 from one-direction ONNX tensors."""
    blocks = BLOCKS[kind]
    parameters = {'weight_ih_l0': reorder(tensors['W'][0], blocks), 'weight_hh_l0': reorder(tensors['R'][0], blocks)}
    if 'B' in tensors:
        for name, half in zip(('bias_ih_l0', 'bias_hh_l0'), np.split(tensors['B'][0], 2)):
            parameters[name] = reorder(half, blocks)
    return parameters


def expressible(node: Any) -> bool:
    attributes = {attribute.name for attribute in node.attribute}
    return node.op_type in BLOCKS and set(node.input) <= INPUTS and attributes <= ATTRIBUTES


def layer_options(kind: str, tensors: Arrays, batch_first: bool) -> Dict[str, Any]:
    options = {'inputSize': tensors['W'].shape[2], 'hiddenSize': tensors['R'].shape[2], 'numLayers': 1}
    options.update({'bias': 'B' in tensors, 'batchFirst': batch_first, 'bidirectional': False})
    extra: Dict[str, Dict[str, Any]] = {'RNN': {'nonlinearity': 'tanh'}, 'LSTM': {'projSize': 0}}
    return {**options, **extra.get(kind, {'resetAfter': False})}


def onnx_expected(kind: str, tensors: Arrays, layout: int, stored: Arrays) -> Arrays:
    """Y and Y_h of ONNX in PyTorch's shapes, after checking that the helper gives the very numbers ONNX stores."""
    attributes: Dict[str, Any] = {'layout': layout} if layout else {}
    y, y_h = HELPERS[kind](**tensors, **attributes).step()
    for name, computed in (('Y', y), ('Y_h', y_h)):
        assert name not in stored or np.array_equal(stored[name], computed.astype(np.float32)), name
    if layout:  # Y [B, T, D, H], Y_h [B, D, H]
        return {'output': y[:, :, 0], 'h': y_h.swapaxes(0, 1)}
    return {'output': y[:, 0], 'h': y_h}  # Y [T, D, B, H], Y_h [D, B, H]


def onnx_golden(test: Any) -> Golden:
    """One backend test as a golden case. `float32Error` is its distance from the float64 truth of the same numbers."""
    node, (inputs, outputs) = test.model.graph.node[0], test.data_sets[0]
    tensors = dict(zip([name for name in node.input if name], inputs))
    stored = dict(zip([name for name in node.output if name], outputs))
    layout = {item.name: get_attribute_value(item) for item in node.attribute}.get('layout', 0)
    options = layer_options(node.op_type, tensors, layout == 1)
    parameters = pytorch_parameters(node.op_type, tensors)
    expected = onnx_expected(node.op_type, tensors, layout, stored)
    x, name = np.ascontiguousarray(tensors['X']), test.name.replace('test_', 'onnx-').replace('_', '-')
    golden = Golden(name, FAMILIES[node.op_type], node.op_type, options, parameters, x, to_float32(expected))
    golden.source = 'onnx-backend'
    case = LayerCase(name, node.op_type, options, 0, 0)
    sources = {**parameters, 'input': x}
    truth = run(case, sources, None, double=True)
    golden.float32_error = largest_error(golden.expected, {key: truth[key] for key in golden.expected})
    assert golden.float32_error < 5e-7, f'{name}: ONNX is {golden.float32_error} away from the float64 truth'
    golden.sensitivity = sensitivity(lambda moved: run(case, moved, None, double=True), sources, truth)
    return golden


def onnx_goldens() -> List[Golden]:
    """Every RNN, LSTM and GRU node test of the installed onnx that our layers can express."""
    return [onnx_golden(test) for test in _NodeTestCases if expressible(test.model.graph.node[0])]


VARIANTS: List[Tuple[str, Dict[str, Any]]] = [
    ('RNN', {'nonlinearity': 'tanh'}),
    ('LSTM', {'projSize': 0}),
    ('GRU', {'resetAfter': False}),
    ('GRU', {'resetAfter': True}),
]


def difference_from_helper(kind: str, options: Dict[str, Any], steps: int, batch: int) -> float:
    """Distance between our float64 truth and ONNX's helper on one random layer, gate order turned into ONNX's."""
    case = LayerCase(f'onnx-check-{kind}-{options["hiddenSize"]}', kind, options, steps, batch, state=True)
    golden = draw_case(case, 0)
    sources = {**golden.parameters, 'input': golden.input}
    sources.update({f'state.{name}': value for name, value in golden.state.items()})
    sources = {name: value.astype(np.float64) for name, value in sources.items()}
    to_onnx = [int(block) for block in np.argsort(BLOCKS[kind])]
    w, r, wb, rb = [reorder(sources[name], to_onnx)[None] for name in golden.parameters]
    given = {f'initial_{name}': sources[f'state.{name}'] for name in golden.state}
    if kind == 'GRU':
        given['linear_before_reset'] = int(options['resetAfter'])
    y, y_h = HELPERS[kind](X=sources['input'], W=w, R=r, B=np.concatenate((wb, rb), axis=1), **given).step()
    ours = run(case, sources, None, double=True)
    return largest_error({'output': y[:, 0], 'h': y_h}, {'output': ours['output'], 'h': ours['h']})


def check_against_onnx() -> Tuple[int, float]:
    """Compares our float64 truth with ONNX's reference helpers on random numbers, through the gate orders above.

    ONNX's own tests mostly hold equal weights, which no permutation can spoil. For GRU this is also where the
    reset-before reference is held to an implementation that is not ours. Returns the count and the largest difference.
    """
    worst, count = 0.0, 0
    sizes = [(1, 1, 1, 1), (3, 1, 5, 7), (6, 3, 4, 8), (12, 5, 13, 17), (20, 2, 31, 23)]
    for kind, extra in VARIANTS:
        for steps, batch, inputs, hidden in sizes:
            options = {'inputSize': inputs, 'hiddenSize': hidden, 'numLayers': 1, 'bias': True, 'batchFirst': False}
            options.update({'bidirectional': False, **extra})
            worst, count = max(worst, difference_from_helper(kind, options, steps, batch)), count + 1
    assert worst < 1e-12, f'our float64 truth is {worst} away from ONNX'
    return count, worst
