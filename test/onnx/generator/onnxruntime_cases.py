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
         constants: Sequence[int] = (), opset: int = 17, domain: str = '', node_opset: int = 0,
         **attributes: Any) -> Case:
    """One node; `outputs` are types. Inputs at the positions `constants` become initializers; None is an input left out."""
    if node_opset:
        attributes['opset'] = node_opset
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


def quantized_lstm() -> List[Case]:
    """Of one sequence, for onnxruntime rounds the states of as many together as one of its threads has."""
    cases = []
    for name, D, size, more in (('forward', 1, 8, {}), ('both', 2, 6, {'direction': 'bidirectional'}),
                                ('reverse', 1, 5, {'direction': 'reverse', 'clip': 0.8}),
                                ('relu', 1, 4, {'activations': ['HardSigmoid', 'Relu', 'Softsign']})):
        for kind in (np.int8, np.uint8):
            scales = np.full((D, 4 * size), 0.004, F32) if kind is np.uint8 else np.full(D, 0.006, F32)
            zeros = np.full(scales.shape, 117 if kind is np.uint8 else 0, kind)
            inputs = [draw(f'dqx{name}', 6, 1, 3), weights_of(f'dqw{name}', kind, D, 3, 4 * size),
                      weights_of(f'dqr{name}', kind, D, size, 4 * size), draw(f'dqb{name}', D, 8 * size) / 4, None,
                      draw(f'dqh{name}', D, 1, size) / 2, draw(f'dqc{name}', D, 1, size) / 2,
                      draw(f'dqp{name}', D, 3 * size) / 4 if name == 'reverse' else None, scales, zeros, scales, zeros]
            cases.append(case(f'DynamicQuantizeLSTM-{name}-{np.dtype(kind).name}', 'DynamicQuantizeLSTM', inputs,
                              [F32, F32, F32], [1, 2, 3, 8, 9, 10, 11], domain=MICROSOFT, hidden_size=size, **more))
    return cases


def fused() -> List[Case]:
    x, y = draw('fused', 2, 3, 8), draw('fusedy', 2, 8, 3)
    w, bias = draw('fusedw', 8, 5), draw('fusedb', 8)
    image, filters = draw('fusedi', 1, 2, 7), draw('fusedf', 3, 2, 3)
    cases = [
        case('FusedMatMul', 'FusedMatMul', [x, w], [F32], [1], domain=MICROSOFT, alpha=0.5),
        case('FusedMatMul-transB', 'FusedMatMul', [x, w.T.copy()], [F32], [1], domain=MICROSOFT, transB=1, alpha=2.0),
        case('FusedMatMul-transA', 'FusedMatMul', [y, y], [F32], domain=MICROSOFT, transA=1),
        case('FusedMatMul-both', 'FusedMatMul', [x, y], [F32], domain=MICROSOFT, transA=1, transB=1),
        case('FusedConv', 'FusedConv', [image, filters, draw('fb', 3)], [F32], [1, 2], domain=MICROSOFT,
             activation='LeakyRelu', activation_params=[0.2]),
        case('FusedConv-sum', 'FusedConv', [image, filters, draw('fb', 3), draw('fz', 1, 3, 5)], [F32], [1, 2],
             domain=MICROSOFT, activation='Relu'),
        case('FusedGemm', 'FusedGemm', [x[0], w, draw('gb', 5)], [F32], [1, 2], domain=MICROSOFT,
             activation='LeakyRelu', activation_alpha=0.1),
        case('Gelu-microsoft', 'Gelu', [x], [F32], domain=MICROSOFT),
        case('BiasGelu', 'BiasGelu', [x, bias], [F32], [1], domain=MICROSOFT),
        case('FastGelu', 'FastGelu', [x], [F32], domain=MICROSOFT),
        case('FastGelu-bias', 'FastGelu', [x, bias], [F32], [1], domain=MICROSOFT),
        case('QuickGelu', 'QuickGelu', [x], [F32], domain=MICROSOFT, alpha=1.5),
        case('SkipLayerNormalization', 'SkipLayerNormalization', [x, x * x, bias, bias * bias], [F32], [2, 3],
             domain=MICROSOFT),
        case('SkipLayerNormalization-bias', 'SkipLayerNormalization', [x, x[:1] * 2, bias, bias * bias, bias - 1], [F32],
             [2, 3, 4], domain=MICROSOFT, epsilon=1e-3),
        case('SkipSimplifiedLayerNormalization', 'SkipSimplifiedLayerNormalization', [x, x * x, bias, bias - 1], [F32],
             [2, 3], domain=MICROSOFT),
    ]
    a, b = bytes_of('qla', np.uint8, 2, 3, 4), bytes_of('qlb', np.uint8, 3, 4)
    s, t, u = (np.array(v, F32) for v in (0.02, 0.031, 0.05))
    z, o, p = (np.array(v, np.uint8) for v in (120, 131, 99))
    sound = bytes_of('qls', np.uint8, 1, 2, 5, 6)
    return cases + [
        case('QLinearAdd', 'QLinearAdd', [a, s, z, b, t, o, u, p], [np.uint8], [1, 2, 4, 5, 6, 7], domain=MICROSOFT),
        case('QLinearMul', 'QLinearMul', [a, s, z, b, t, o, u, p], [np.uint8], [1, 2, 4, 5, 6, 7], domain=MICROSOFT),
        case('QLinearSigmoid', 'QLinearSigmoid', [a, s, z, np.array(1 / 256, F32), np.array(0, np.uint8)], [np.uint8],
             [1, 2, 3, 4], domain=MICROSOFT),
        case('QLinearLeakyRelu', 'QLinearLeakyRelu', [a, s, z, t, o], [np.uint8], [1, 2, 3, 4], domain=MICROSOFT,
             alpha=0.2),
        case('QLinearConcat', 'QLinearConcat', [u, p, a, s, z, a, t, o], [np.uint8], [0, 1, 3, 4, 6, 7],
             domain=MICROSOFT, axis=1),
        case('QLinearAveragePool', 'QLinearAveragePool', [sound, s, z, t, z], [np.uint8], [1, 2, 3, 4],
             domain=MICROSOFT, kernel_shape=[2, 3]),
        case('QLinearGlobalAveragePool', 'QLinearGlobalAveragePool', [sound, s, z, t, z], [np.uint8], [1, 2, 3, 4],
             domain=MICROSOFT),
        case('QLinearSoftmax', 'QLinearSoftmax', [a, s, z, np.array(1 / 256, F32), np.array(0, np.uint8)], [np.uint8],
             [1, 2, 3, 4], domain=MICROSOFT, node_opset=13),
    ]


def onnxruntime_cases() -> List[Case]:
    return older() + integers() + between() + quantized_lstm() + fused()
