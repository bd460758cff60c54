"""Single nodes with what onnxruntime computes for them: older definitions, other types, operators of `com.microsoft`."""

from typing import Any, List, Optional, Sequence

import numpy as np
import onnxruntime
from onnx import helper

from generator.archive import Case, seed_of

F32 = np.float32
MICROSOFT = 'com.microsoft'


def draw(name: str, *dims: int) -> np.ndarray:
    return np.random.default_rng(seed_of(name)).standard_normal(dims).astype(F32)


def bytes_of(name: str, kind: type, *dims: int) -> np.ndarray:
    info = np.iinfo(kind)
    return np.random.default_rng(seed_of(name)).integers(info.min, info.max + 1, dims).astype(kind)


def weights_of(name: str, kind: type, *dims: int) -> np.ndarray:
    """Bytes as weights: int8 of 7 bits, for onnxruntime's products of others saturate on machines without VNNI."""
    return bytes_of(name, kind, *dims) if kind is np.uint8 else (bytes_of(name, kind, *dims) >> 1).astype(kind)


def info(name: str, dtype: Any, dims: Optional[Sequence[int]]) -> Any:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), dims)


def case(name: str, operator: str, inputs: Sequence[Optional[np.ndarray]], outputs: Sequence[Any],
         constants: Sequence[int] = (), opset: int = 17, domain: str = '', **attributes: Any) -> Case:
    """One node; `outputs` are types. Inputs at the positions `constants` become initializers; None is an input left out."""
    names = ['' if each is None else f'in{k}' for k, each in enumerate(inputs)]
    node = helper.make_node(operator, names, [f'out{k}' for k in range(len(outputs))], domain=domain, **attributes)
    given = {n: each for k, (n, each) in enumerate(zip(names, inputs)) if n and k not in constants}
    fixed = [helper.make_tensor(names[k], helper.np_dtype_to_tensor_dtype(inputs[k].dtype), inputs[k].shape,
                                inputs[k].tobytes(), raw=True) for k in constants]
    graph = helper.make_graph([node], name, [info(n, each.dtype, each.shape) for n, each in given.items()],
                              [info(f'out{k}', each, None) for k, each in enumerate(outputs)], fixed)
    domains = [helper.make_opsetid('', opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=domains, ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
    return Case(name, model, [(list(given.values()), session.run(None, given))])


def older() -> List[Case]:
    x, at = draw('scatter', 3, 4), np.array([[1, 0, 2], [0, 2, 1]], np.int64)
    updates = draw('updates', 2, 3)
    signal = draw('signal', 2, 10, 1)
    return [
        case('Scatter-9', 'Scatter', [x, at, updates], [F32], opset=9, axis=0),
        case('ScatterElements-11', 'ScatterElements', [x, at, updates], [F32], opset=11, axis=1),
        case('DFT-17', 'DFT', [signal], [F32], opset=17, axis=1),
        case('DFT-17-onesided', 'DFT', [signal], [F32], opset=17, axis=1, onesided=1),
    ]


def integers() -> List[Case]:
    """Products of bytes: constant weights of either sign with and without zero points, long rows, computed weights."""
    scale, zero = np.array(0.031, F32), np.array(131, np.uint8)
    cases = []
    for kind in (np.int8, np.uint8):
        for k in (5, 300, 700):
            name = f'{np.dtype(kind).name}-{k}'
            a, b = bytes_of(f'a{k}', np.uint8, 2, 3, k), weights_of(f'b{name}', kind, k, 7)
            zeros = weights_of(f'z{name}', kind, 7)
            columns = np.linspace(0.01, 0.03, 7).astype(F32)
            cases += [
                case(f'MatMulInteger-{name}', 'MatMulInteger', [a, b, zero, np.zeros(1, kind)], [np.int32], [1, 2, 3]),
                case(f'MatMulInteger-{name}-zeros', 'MatMulInteger', [a, b, zero, zeros], [np.int32], [1, 3]),
                case(f'MatMulInteger-{name}-computed', 'MatMulInteger', [a, b, zero, zeros[:1]], [np.int32]),
                case(f'QLinearMatMul-{name}', 'QLinearMatMul', [a, scale, zero, b, columns, zeros, np.array(0.9, F32), zero],
                     [np.uint8], [1, 2, 3, 4, 5, 6, 7]),
                case(f'MatMulIntegerToFloat-{name}', 'MatMulIntegerToFloat',
                     [a, b, scale, columns, zero, zeros, draw('bias', 7)], [F32], [1, 3, 5, 6], domain=MICROSOFT),
                case(f'DynamicQuantizeMatMul-{name}', 'DynamicQuantizeMatMul',
                     [draw(f'x{name}', 2, 3, k), b, columns, zeros, draw('bias', 7)], [F32], [1, 2, 3, 4],
                     domain=MICROSOFT),
            ]
    x, w = bytes_of('image', np.uint8, 2, 4, 9, 8), weights_of('filters', np.int8, 6, 4, 3, 2)
    deep = weights_of('deep', np.int8, 4, 1, 3, 3)
    filters = np.linspace(0.01, 0.03, 6).astype(F32)
    bias = np.arange(-3, 3, dtype=np.int32) * 1000
    out = np.array(0.8, F32)
    return cases + [
        case('ConvInteger-pads', 'ConvInteger', [x, w, zero], [np.int32], [1, 2], pads=[1, 0, 1, 1], strides=[2, 1]),
        case('ConvInteger-dilations', 'ConvInteger', [x, w, zero, np.zeros(1, np.int8)], [np.int32], [1, 2, 3],
             dilations=[2, 3]),
        case('ConvInteger-depthwise', 'ConvInteger', [x, deep, zero], [np.int32], [1, 2], group=4),
        case('QLinearConv-channels', 'QLinearConv',
             [x, scale, zero, w, filters, np.zeros(6, np.int8), out, zero, bias], [np.uint8], [1, 2, 3, 4, 5, 6, 7, 8],
             pads=[1, 1, 1, 1]),
        case('QLinearConv-groups', 'QLinearConv',
             [x, scale, zero, deep, filters[:4], np.zeros(4, np.int8), out, zero], [np.uint8], [1, 2, 3, 4, 5, 6, 7],
             group=4, auto_pad='SAME_UPPER'),
        case('QGemm', 'QGemm',
             [bytes_of('ga', np.uint8, 3, 20), scale, zero, weights_of('gb', np.int8, 5, 20), filters[:5],
              np.zeros(5, np.int8), bias[:5], out, zero], [np.uint8], [1, 2, 3, 4, 5, 6, 7, 8], transB=1,
             domain=MICROSOFT),
        case('QGemm-float', 'QGemm',
             [bytes_of('ga', np.uint8, 3, 20), scale, zero, weights_of('gb', np.int8, 20, 5), filters[:1],
              np.zeros(1, np.int8)], [F32], [1, 2, 3, 4, 5], domain=MICROSOFT),
    ]


def between() -> List[Case]:
    """Floats to integers and back: by the tensor, an axis, blocks."""
    x = draw('floats', 3, 4, 5) * F32(4)
    scales, blocks = np.linspace(0.02, 0.3, 4).astype(F32), np.linspace(0.02, 0.3, 30).reshape(3, 2, 5).astype(F32)
    cases = []
    for kind in (np.int8, np.uint8, np.int16, np.uint16):
        name = np.dtype(kind).name
        q, zeros = bytes_of(f'q{name}', kind, 3, 4, 5), bytes_of(f'zero{name}', kind, 4)
        cases += [
            case(f'QuantizeLinear-{name}', 'QuantizeLinear', [x, scales, zeros], [kind], [1, 2], opset=21),
            case(f'QuantizeLinear-{name}-blocks', 'QuantizeLinear', [x, blocks, bytes_of('b', kind, 3, 2, 5)], [kind],
                 [1, 2], opset=21, block_size=2),
            case(f'DequantizeLinear-{name}', 'DequantizeLinear', [q, scales, zeros], [F32], [1, 2], opset=21),
            case(f'DequantizeLinear-{name}-scalar', 'DequantizeLinear', [q, scales[0], zeros[0]], [F32], [1, 2], opset=21),
            case(f'DequantizeLinear-{name}-microsoft', 'DequantizeLinear', [q, scales, zeros], [F32], [1, 2],
                 domain=MICROSOFT, axis=1),
        ]
    return cases + [
        case('QuantizeLinear-microsoft', 'QuantizeLinear', [x, scales, bytes_of('zm', np.int8, 4)], [np.int8], [1, 2],
             domain=MICROSOFT, axis=1),
        case('DynamicQuantizeLinear', 'DynamicQuantizeLinear', [x], [np.uint8, F32, np.uint8]),
        case('DynamicQuantizeLinear-zeros', 'DynamicQuantizeLinear', [np.zeros(7, F32)], [np.uint8, F32, np.uint8]),
        case('DynamicQuantizeLinear-positive', 'DynamicQuantizeLinear', [np.abs(x) + 1], [np.uint8, F32, np.uint8]),
    ]


def onnxruntime_cases() -> List[Case]:
    return older() + integers() + between()
