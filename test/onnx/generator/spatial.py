"""Random nodes of the operators over space: convolutions, pools, normalisations, resizing; onnxruntime computes the outputs."""

from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from generator.archive import Case, seed_of

onnxruntime.set_default_logger_severity(4)

Draw = np.random.RandomState
# Operator, version, attributes, inputs; the names of inputs that are fed, the others are initializers; number of outputs.
Node = Tuple[str, int, Dict[str, Any], List[Optional[np.ndarray]], Sequence[int], int]


def make_model(node: Node):
    op, opset, attributes, arrays, fed, count = node
    names = [f'x{i}' if array is not None else '' for i, array in enumerate(arrays)]
    types = [None if a is None else helper.np_dtype_to_tensor_dtype(a.dtype) for a in arrays]
    inputs = [
        helper.make_tensor_value_info(names[i], types[i], [f'd{i}_{k}' for k in range(arrays[i].ndim)]) for i in fed
    ]
    constants = [
        numpy_helper.from_array(a, names[i]) for i, a in enumerate(arrays) if a is not None and i not in fed
    ]
    outputs = [f'y{i}' for i in range(count)]
    made = helper.make_node(op, names, outputs, **attributes)
    second = TensorProto.INT64 if op == 'MaxPool' else types[0]
    infos = [helper.make_tensor_value_info(name, types[0] if i == 0 else second, None) for i, name in enumerate(outputs)]
    graph = helper.make_graph([made], 'spatial', inputs, infos, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])
    model.ir_version = 8
    return model


def case_of(name: str, node: Node) -> Optional[Case]:
    """The case with what onnxruntime computes; None where onnxruntime refuses the draw."""
    model = make_model(node)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    fed = [node[3][i] for i in node[4]]
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
        outputs = session.run(None, {info.name: array for info, array in zip(model.graph.input, fed)})
    except Exception:
        return None
    if not all(np.all(np.isfinite(output)) for output in outputs):
        return None
    return Case(name, model, [(fed, outputs)])


def floats(draw: Draw, *dims: int, dtype: Any = np.float32) -> np.ndarray:
    return draw.standard_normal(dims).astype(dtype)


def any_of(draw: Draw, choices: Sequence[Any]) -> Any:
    return choices[draw.randint(len(choices))]


def ints(draw: Draw, low: int, high: int, count: int) -> List[int]:
    return [int(each) for each in draw.randint(low, high + 1, count)]


def padding(draw: Draw, rank: int, most: int, attributes: Dict[str, Any]) -> None:
    mode = any_of(draw, ['pads', 'pads', 'pads', 'SAME_UPPER', 'SAME_LOWER', 'VALID', ''])
    if mode == 'pads':
        attributes['pads'] = ints(draw, 0, most, 2 * rank)
    elif mode:
        attributes['auto_pad'] = mode


def extents_of(draw: Draw, rank: int) -> List[int]:
    return ints(draw, 1, {1: 40, 2: 13, 3: 6}[rank], rank)


def conv(draw: Draw) -> Node:
    rank = draw.randint(1, 4)
    groups = any_of(draw, [1, 1, 1, 2, 3])
    channels, filters = groups * draw.randint(1, 5), groups * draw.randint(1, 6)
    if draw.rand() < 0.2:
        groups, filters = channels, channels * draw.randint(1, 3)
    kernel = ints(draw, 1, 4, rank)
    attributes: Dict[str, Any] = {'group': groups}
    if draw.rand() < 0.5:
        attributes['strides'] = ints(draw, 1, 3, rank)
    if draw.rand() < 0.5:
        attributes['dilations'] = ints(draw, 1, 3, rank)
    padding(draw, rank, 3, attributes)
    dtype = any_of(draw, [np.float32, np.float32, np.float32, np.float64])
    x = floats(draw, draw.randint(1, 3), channels, *extents_of(draw, rank), dtype=dtype)
    w = floats(draw, filters, channels // groups, *kernel, dtype=dtype)
    inputs = [x, w] + ([floats(draw, filters, dtype=dtype)] if draw.rand() < 0.6 else [])
    fed = list(range(len(inputs))) if draw.rand() < 0.3 else [0]
    return 'Conv', 11, attributes, inputs, fed, 1


def conv_transpose(draw: Draw) -> Node:
    rank = draw.randint(1, 4)
    groups = any_of(draw, [1, 1, 2, 3])
    channels, filters = groups * draw.randint(1, 4), groups * draw.randint(1, 4)
    kernel = ints(draw, 1, 4, rank)
    strides = ints(draw, 1, 3, rank)
    dilations = ints(draw, 1, 3, rank) if draw.rand() < 0.3 else [1] * rank
    attributes: Dict[str, Any] = {'group': groups, 'strides': strides, 'dilations': dilations}
    extents = extents_of(draw, rank)
    if draw.rand() < 0.4:
        attributes['output_padding'] = [draw.randint(0, max(s, d)) for s, d in zip(strides, dilations)]
    if draw.rand() < 0.25:
        attributes['output_shape'] = [
            max(1, s * (e - 1) + (k - 1) * d + 1 + int(draw.randint(-2, 1)))
            for s, e, k, d in zip(strides, extents, kernel, dilations)
        ]
        if draw.rand() < 0.5:
            attributes['auto_pad'] = any_of(draw, ['SAME_UPPER', 'SAME_LOWER'])
    else:
        padding(draw, rank, 2, attributes)
    dtype = np.float32 if draw.rand() < 0.9 else np.float64
    x = floats(draw, draw.randint(1, 3), channels, *extents, dtype=dtype)
    w = floats(draw, channels, filters // groups, *kernel, dtype=dtype)
    inputs = [x, w] + ([floats(draw, filters, dtype=dtype)] if draw.rand() < 0.6 else [])
    fed = list(range(len(inputs))) if draw.rand() < 0.3 else [0]
    return 'ConvTranspose', 11, attributes, inputs, fed, 1


def pool(draw: Draw) -> Node:
    op = any_of(draw, ['MaxPool', 'AveragePool', 'LpPool'])
    rank = draw.randint(1, 4)
    kernel = ints(draw, 1, 4, rank)
    attributes: Dict[str, Any] = {'kernel_shape': kernel}
    if draw.rand() < 0.7:
        attributes['strides'] = ints(draw, 1, 3, rank)
    if draw.rand() < 0.4:
        attributes['dilations'] = ints(draw, 1, 2, rank)
    if draw.rand() < 0.5:
        attributes['ceil_mode'] = 1
    mode = any_of(draw, ['pads', 'pads', 'SAME_UPPER', 'SAME_LOWER', 'VALID', ''])
    if mode == 'pads':
        attributes['pads'] = [int(draw.randint(0, k)) for k in kernel * 2]
    elif mode:
        attributes['auto_pad'] = mode
    if mode.startswith('SAME'):
        # onnxruntime takes no account of dilations here; ONNX says that it should.
        attributes.pop('dilations', None)
        # Nor of elements that no window needs: its padding becomes less than none.
        attributes['strides'] = [min(pair) for pair in zip(kernel, attributes.get('strides', kernel))]
    if op == 'AveragePool' and draw.rand() < 0.5:
        attributes['count_include_pad'] = 1
    if op == 'LpPool':
        attributes['p'] = draw.randint(1, 4)
    count = 1
    if op == 'MaxPool' and draw.rand() < 0.4:
        count = 2
        if draw.rand() < 0.5:
            attributes['storage_order'] = 1
    # No window is longer than what it moves over: onnxruntime then gives what nobody defined.
    least = [(k - 1) * d + 1 for k, d in zip(kernel, attributes.get('dilations', [1] * rank))]
    extents = [max(pair) for pair in zip(least, extents_of(draw, rank))]
    x = floats(draw, draw.randint(1, 3), draw.randint(1, 4), *extents)
    if op == 'MaxPool' and draw.rand() < 0.2:
        x = any_of(draw, [x.astype(np.float64), (x * 40).astype(np.int8), np.abs(x * 40).astype(np.uint8)])
    return op, 22, attributes, [x], [0], count


def global_pool(draw: Draw) -> Node:
    op = any_of(draw, ['GlobalMaxPool', 'GlobalAveragePool', 'GlobalLpPool'])
    attributes = {'p': draw.randint(1, 4)} if op == 'GlobalLpPool' else {}
    x = floats(draw, draw.randint(1, 3), draw.randint(1, 5), *extents_of(draw, draw.randint(1, 4)))
    return op, 13, attributes, [x], [0], 1


KINDS: Dict[str, Tuple[int, Callable[[Draw], Node]]] = {
    'conv': (60, conv),
    'conv-transpose': (40, conv_transpose),
    'pool': (60, pool),
    'global-pool': (9, global_pool),
}


def spatial_cases(times: float = 1, kinds: Sequence[str] = (), salt: str = '') -> List[Case]:
    """As many cases of each kind as the table says, or `times` as many."""
    cases: List[Case] = []
    for kind, (count, make) in KINDS.items():
        if kinds and kind not in kinds:
            continue
        names: Iterator[int] = iter(range(10**6))
        kept = 0
        while kept < count * times:
            name = f'{kind}-{next(names)}{salt}'
            case = case_of(name, make(Draw(seed_of(name))))
            if case:
                cases.append(case)
                kept += 1
    return cases
