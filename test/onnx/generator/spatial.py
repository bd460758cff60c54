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


def dims_of(draw: Draw, least: int = 3) -> List[int]:
    rank = draw.randint(least, 6)
    return ints(draw, 3, {1: 30, 2: 12, 3: 9, 4: 6, 5: 4}[rank], rank)


def epsilon(draw: Draw) -> Dict[str, Any]:
    return {'epsilon': float(draw.rand() * 0.1 + 1e-5)} if draw.rand() < 0.5 else {}


def batch_norm(draw: Draw) -> Node:
    dtype = np.float32 if draw.rand() < 0.8 else np.float64
    x = floats(draw, *dims_of(draw, 2), dtype=dtype)
    scale, bias, mean, variance = (floats(draw, x.shape[1], dtype=dtype) for _ in range(4))
    inputs = [x, scale, bias, mean, np.abs(variance) + dtype(0.1)]
    return 'BatchNormalization', 15, epsilon(draw), inputs, [0] if draw.rand() < 0.7 else [0, 1, 2, 3, 4], 1


def instance_norm(draw: Draw) -> Node:
    x = floats(draw, *dims_of(draw)) * np.float32(3) + np.float32(draw.randint(-2, 3))
    return 'InstanceNormalization', 6, epsilon(draw), [x, floats(draw, x.shape[1]), floats(draw, x.shape[1])], [0], 1


def group_norm(draw: Draw) -> Node:
    dims = dims_of(draw)
    groups = draw.randint(1, 4)
    dims[1] = groups * draw.randint(1, 4)
    opset = any_of(draw, [18, 21])
    count = groups if opset == 18 else dims[1]
    inputs = [floats(draw, *dims), floats(draw, count), floats(draw, count)]
    return 'GroupNormalization', opset, {'num_groups': groups, **epsilon(draw)}, inputs, [0], 1


def layer_norm(draw: Draw) -> Node:
    op = any_of(draw, ['LayerNormalization', 'LayerNormalization', 'RMSNormalization'])
    dims = dims_of(draw, 1)
    axis = draw.randint(0, len(dims))
    inputs = [floats(draw, *dims), floats(draw, *dims[axis:])]
    if op == 'LayerNormalization' and draw.rand() < 0.6:
        inputs.append(floats(draw, *dims[axis:]))
    count = draw.randint(1, 4) if op == 'LayerNormalization' else 1
    attributes = {'axis': axis - (len(dims) if draw.rand() < 0.5 else 0), **epsilon(draw)}
    return op, 17 if op == 'LayerNormalization' else 23, attributes, inputs, [0], count


def axis_norm(draw: Draw) -> Node:
    op = any_of(draw, ['LpNormalization', 'LRN', 'MeanVarianceNormalization'])
    dims = dims_of(draw) if op != 'LRN' else ints(draw, 1, 6, 4)
    x = floats(draw, *dims)
    if op == 'LpNormalization':
        return op, 22, {'axis': draw.randint(-len(dims), len(dims)), 'p': draw.randint(1, 3)}, [x], [0], 1
    if op == 'LRN':
        size = any_of(draw, [1, 3, 5])
        return op, 13, {'size': size, 'alpha': float(draw.rand()), 'beta': float(draw.rand()), 'bias': 1.5}, [x], [0], 1
    x = floats(draw, *ints(draw, 4, 6, 4))
    return op, 13, {'axes': any_of(draw, [[0, 2, 3], [0, 1, 2, 3], [2, 3], [1], [-1]])}, [x], [0], 1


def resize(draw: Draw) -> Node:
    rank = any_of(draw, [3, 4, 4])
    dims = [draw.randint(1, 3), draw.randint(1, 4), *ints(draw, 1, 9, rank - 2)]
    mode = any_of(draw, ['nearest', 'linear', 'linear', 'cubic'])
    if mode == 'cubic':
        dims = dims[:2] + ints(draw, 2, 9, 2)
    coordinates = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'half_pixel_symmetric']
    attributes: Dict[str, Any] = {'mode': mode, 'coordinate_transformation_mode': any_of(draw, coordinates)}
    opset = any_of(draw, [11, 13, 18, 19])
    if attributes['coordinate_transformation_mode'] == 'half_pixel_symmetric':
        opset = 19
        mode = attributes['mode'] = 'linear'
    if mode == 'nearest':
        attributes['nearest_mode'] = any_of(draw, ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'])
    if mode == 'cubic' and draw.rand() < 0.5:
        attributes['cubic_coeff_a'] = -0.5
        attributes['exclude_outside'] = draw.randint(0, 2)
    roi = None
    if mode != 'cubic' and draw.rand() < 0.15:
        attributes['coordinate_transformation_mode'] = 'tf_crop_and_resize'
        attributes['extrapolation_value'] = 7.0
        low = draw.rand(len(dims) - 2) * 0.6 - 0.1
        roi = np.concatenate([[0, 0], low, [1, 1], low + 0.5]).astype(np.float32)
    elif opset >= 18 and mode != 'nearest' and len(dims) == 4 and draw.rand() < 0.3:
        attributes['antialias'] = 1
    x = floats(draw, *dims)
    if draw.rand() < 0.5:
        scales = np.concatenate([[1, 1], 0.3 + draw.rand(len(dims) - 2) * 2.5]).astype(np.float32)
        scales[2:][np.floor(np.float32(dims[2:]) * scales[2:]) < 1] = 1
        if attributes['coordinate_transformation_mode'] == 'align_corners':
            scales[2:] = np.ceil(scales[2:])
        return 'Resize', opset, attributes, [x, roi, scales], [0], 1
    sizes = np.array(dims[:2] + ints(draw, 1, 12, len(dims) - 2), np.int64)
    if opset >= 18 and draw.rand() < 0.3 and roi is None:
        attributes['axes'] = list(range(2, len(dims)))
        sizes = sizes[2:]
        attributes['keep_aspect_ratio_policy'] = any_of(draw, ['stretch', 'not_larger', 'not_smaller'])
    return 'Resize', opset, attributes, [x, roi, None, sizes], [0], 1


def upsample(draw: Draw) -> Node:
    dims = [draw.randint(1, 3), draw.randint(1, 4), *ints(draw, 1, 6, 2)]
    scales = np.array([1, 1, *ints(draw, 1, 3, 2)], np.float32)
    mode = any_of(draw, ['nearest', 'linear'])
    return any_of(draw, [('Upsample', 9), ('Resize', 10)]) + ({'mode': mode}, [floats(draw, *dims), scales], [0], 1)


def blocks(draw: Draw) -> Node:
    size = draw.randint(1, 4)
    if draw.rand() < 0.5:
        x = floats(draw, draw.randint(1, 3), size * size * draw.randint(1, 4), *ints(draw, 1, 4, 2))
        return 'DepthToSpace', 13, {'blocksize': size, 'mode': any_of(draw, ['DCR', 'CRD'])}, [x], [0], 1
    x = floats(draw, draw.randint(1, 3), draw.randint(1, 4), *(size * each for each in ints(draw, 1, 4, 2)))
    return 'SpaceToDepth', 13, {'blocksize': size}, [x], [0], 1


def columns(draw: Draw) -> Node:
    rank = draw.randint(1, 4)
    image, block = ints(draw, 3, 7, rank), ints(draw, 1, 3, rank)
    attributes = {'strides': ints(draw, 1, 2, rank), 'dilations': [1] * rank, 'pads': ints(draw, 0, 1, 2 * rank)}
    counts = [
        (e + attributes['pads'][d] + attributes['pads'][rank + d] - block[d]) // attributes['strides'][d] + 1
        for d, e in enumerate(image)
    ]
    x = floats(draw, draw.randint(1, 3), draw.randint(1, 3) * int(np.prod(block)), int(np.prod(counts)))
    return 'Col2Im', 18, attributes, [x, np.array(image, np.int64), np.array(block, np.int64)], [0], 1


KINDS: Dict[str, Tuple[int, Callable[[Draw], Node]]] = {
    'conv': (60, conv),
    'conv-transpose': (40, conv_transpose),
    'pool': (60, pool),
    'global-pool': (9, global_pool),
    'batch-norm': (10, batch_norm),
    'instance-norm': (8, instance_norm),
    'group-norm': (12, group_norm),
    'layer-norm': (20, layer_norm),
    'axis-norm': (20, axis_norm),
    'resize': (60, resize),
    'upsample': (8, upsample),
    'blocks': (8, blocks),
    'columns': (8, columns),
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
