"""Definitions that other opsets than onnx 1.12's newest have, with answers by NumPy.

onnx 1.12 stops at opset 17 and its node tests use each operator's newest definition only. Here are the older ones that
exporters wrote (axes as attributes, softmax over the flattened rest) and those of opsets 18 to 22.
"""

import math
from typing import Any, List, Sequence

import numpy as np
from onnx import helper

from generator.archive import Case, seed_of

F32 = np.float32


def value(name: str, array: np.ndarray) -> Any:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def case(name: str, opset: int, operator: str, inputs: Sequence[Any], outputs: Sequence[np.ndarray],
         constants: Sequence[int] = (), **attributes: Any) -> Case:
    """One node. Inputs at the positions `constants` become initializers; None is an input left out."""
    names = ['' if each is None else f'in{k}' for k, each in enumerate(inputs)]
    node = helper.make_node(operator, names, [f'out{k}' for k in range(len(outputs))], **attributes)
    given = {n: each for k, (n, each) in enumerate(zip(names, inputs)) if n and k not in constants}
    fixed = [helper.make_tensor(names[k], helper.np_dtype_to_tensor_dtype(inputs[k).dtype], inputs[k].shape,
                                inputs[k].flatten()) for k in constants]
    graph = helper.make_graph([node], name, [value(n, each) for n, each in given.items()],
                              [value(f'out{k}', each) for k, each in enumerate(outputs)], fixed)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])
    # An IR that every runtime of these opsets reads.
    model.ir_version = 8
    return Case(name, model, [(list(given.values()), outputs)])


def draw(name: str, *dims: int) -> np.ndarray:
    return np.random.default_rng(seed_of(name)).standard_normal(dims).astype(F32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def softmax(x: np.ndarray, axis: int) -> np.ndarray:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


REDUCTIONS = {
    'ReduceMean': lambda x, **how: x.mean(**how), 'ReduceMax': lambda x, **how: x.max(**how),
    'ReduceMin': lambda x, **how: x.min(**how), 'ReduceProd': lambda x, **how: x.prod(**how),
    'ReduceSum': lambda x, **how: x.sum(**how), 'ReduceL1': lambda x, **how: np.abs(x).sum(**how),
    'ReduceL2': lambda x, **how: np.sqrt((x * x).sum(**how)),
    'ReduceSumSquare': lambda x, **how: (x * x).sum(**how),
    'ReduceLogSum': lambda x, **how: np.log(x.sum(**how)),
    'ReduceLogSumExp': lambda x, **how: np.log(np.exp(x).sum(**how)),
}


def reductions() -> List[Case]:
    """Axes were an attribute up to opset 17 (ReduceSum: 12) and are an input since."""
    cases = []
    for name, compute in REDUCTIONS.items():
        x = np.abs(draw(name, 3, 4, 2)) + F32(0.1)
        last = 12 if name == 'ReduceSum' else 17
        for opset in (7, 11, last):
            expected = compute(x, axis=(0, 2), keepdims=False).astype(F32)
            cases.append(case(f'{name}-{opset}-axes-attribute', opset, name, [x], [expected], axes=[0, 2], keepdims=0))
        expected = compute(x, axis=1, keepdims=True).astype(F32)
        for opset in (18, 20):
            cases.append(case(f'{name}-{opset}-axes-input', opset, name, [x, ints(-2)], [expected], [1]))
        cases.append(case(f'{name}-18-no-axes', 18, name, [x], [compute(x, axis=None, keepdims=True).astype(F32)]))
        # With nothing to reduce the others still apply their function: definitions differ on that between opsets.
        if name in ('ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceSum'):
            cases.append(case(f'{name}-18-noop', 18, name, [x, ints()], [x], [1], noop_with_empty_axes=1))
    return cases


def shapes() -> List[Case]:
    x = draw('shapes', 2, 1, 6)
    thirds = [np.ascontiguousarray(part) for part in np.split(x, [2, 4], axis=2)]
    uneven = [np.ascontiguousarray(x[..., :4]), np.ascontiguousarray(x[..., 4:])]
    flat = np.ascontiguousarray
    cases = []
    for opset in (7, 11, 12):
        cases += [
            case(f'Squeeze-{opset}', opset, 'Squeeze', [x], [x[:, 0]], axes=[1]),
            case(f'Unsqueeze-{opset}', opset, 'Unsqueeze', [x], [x[None, ..., None]], axes=[0, 4]),
            case(f'Split-{opset}', opset, 'Split', [x], uneven, axis=2, split=[4, 2]),
            case(f'Split-{opset}-equal', opset, 'Split', [x], thirds, axis=2),
        ]
    for opset in (13, 18, 21, 22):
        cases += [
            case(f'Squeeze-{opset}', opset, 'Squeeze', [x, ints(1)], [x[:, 0]], [1]),
            case(f'Unsqueeze-{opset}', opset, 'Unsqueeze', [x, ints(0, -1)], [x[None, ..., None]], [1]),
            case(f'Split-{opset}', opset, 'Split', [x, ints(4, 2)], uneven, [1], axis=-1),
            case(f'Reshape-{opset}', opset, 'Reshape', [x, ints(0, -1)], [x.reshape(2, 6)], [1]),
            case(f'Transpose-{opset}', opset, 'Transpose', [x], [flat(x.transpose(2, 0, 1))], perm=[2, 0, 1]),
        ]
    return cases + [
        case('Split-18-num_outputs', 18, 'Split', [x], thirds, axis=2, num_outputs=3),
        case('Split-18-last-smaller', 18, 'Split', [x[..., :5].copy()], [flat(x[..., :3]), flat(x[..., 3:5])], axis=2,
             num_outputs=2),
        case('Slice-9', 9, 'Slice', [x], [flat(x[:, :, 1:-1])], axes=[2], starts=[1], ends=[-1]),
        case('Slice-7-to-the-end', 7, 'Slice', [x], [flat(x[1:, :, 2:])], axes=[0, 2], starts=[1, 2],
             ends=[9, 2147483647]),
        case('Slice-10', 10, 'Slice', [x, ints(5), ints(-9), ints(2), ints(-2)], [flat(x[:, :, 5::-2])], [1, 2, 3, 4]),
        case('Reshape-14-allowzero', 14, 'Reshape', [np.zeros((2, 0), F32), ints(0, 3)], [np.zeros((0, 3), F32)], [1],
             allowzero=1),
        case('Shape-15-part', 15, 'Shape', [x], [ints(1, 6)], start=1),
        case('Shape-21-part', 21, 'Shape', [x], [ints(1)], start=-2, end=-1),
        case('Expand-8', 8, 'Expand', [x, ints(3, 1, 2, 1)], [np.broadcast_to(x, (3, 2, 2, 6)).copy()], [1]),
        case('Tile-7', 7, 'Tile', [x, ints(2, 3, 1)], [np.tile(x, (2, 3, 1))], [1]),
        case('Concat-7', 7, 'Concat', [x, x + F32(1)], [np.concatenate((x, x + F32(1)), axis=1)], axis=1),
        case('Flatten-7', 7, 'Flatten', [x], [x.reshape(2, 6)], axis=1),
        case('Gather-7', 7, 'Gather', [x, ints(1, 0, 1)], [flat(x[[1, 0, 1]])], axis=0),
    ]


def paddings() -> List[Case]:
    x = draw('paddings', 2, 3, 5)
    each = ((0, 0), (0, 0), (1, 2))
    pads = ints(0, 0, 1, 0, 0, 2)
    cases = [
        case(f'Pad-{opset}-{mode}', opset, 'Pad', [x], [np.pad(x, each, mode=how).astype(F32)], mode=mode,
             pads=pads.tolist())
        for opset in (7, 10) for mode, how in (('constant', 'constant'), ('reflect', 'reflect'), ('edge', 'edge'))
    ]
    for opset in (18, 19, 21):
        cases += [
            case(f'Pad-{opset}-axes-{mode}', opset, 'Pad', [x, ints(1, 2), None, ints(2)],
                 [np.pad(x, each, mode=mode).astype(F32)], [1, 3], mode=mode)
            for mode in ('constant', 'reflect', 'edge')
        ]
    filled = np.pad(x, ((0, 0), (1, 0), (0, 1)), constant_values=2.5).astype(F32)
    return cases + [
        case('Pad-2-value', 7, 'Pad', [x], [filled], pads=[0, 1, 0, 0, 0, 1], value=2.5),
        case('Pad-19-wrap', 19, 'Pad', [x, pads], [np.pad(x, each, mode='wrap')], [1], mode='wrap'),
        case('Pad-18-negative', 18, 'Pad', [x, ints(-1, 2), np.array(7, F32), ints(-1)],
             [np.concatenate((x[..., 1:], np.full((2, 3, 2), 7, F32)), -1)], [1, 3]),
    ]


def functions() -> List[Case]:
    x = draw('functions', 3, 4, 5)
    flat, columns = x.reshape(3, 20), x
    erf = np.vectorize(math.erf)
    gelu = (0.5 * x * (1 + erf(x.astype(np.float64) / math.sqrt(2)))).astype(F32)
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x.astype(np.float64) ** 3)
    approximate = (0.5 * x * (1 + np.tanh(inner))).astype(F32)
    mish = (x * np.tanh(np.log1p(np.exp(x.astype(np.float64))))).astype(F32)
    coerced = softmax(flat, 1).reshape(x.shape).astype(F32)
    cases = [
        case('Gelu-20', 20, 'Gelu', [x], [gelu]),
        case('Gelu-20-tanh', 20, 'Gelu', [x], [approximate], approximate='tanh'),
        case('Mish-18', 18, 'Mish', [x], [mish]),
        case('Clip-7', 7, 'Clip', [x], [np.clip(x, -0.5, 0.25)], min=-0.5, max=0.25),
        case('Clip-7-min', 7, 'Clip', [x], [np.maximum(x, 0)], min=0.0),
        case('Dropout-7', 7, 'Dropout', [x], [x], ratio=0.3),
        case('Dropout-12', 12, 'Dropout', [x, np.array(0.3, F32)], [x], [1]),
        case('Dropout-22', 22, 'Dropout', [x, np.array(0.3, F32), np.array(False)], [x], [1, 2]),
    ]
    for opset in (7, 11, 12):
        cases += [
            case(f'Softmax-{opset}-coerced', opset, 'Softmax', [x], [coerced], axis=1),
            case(f'Softmax-{opset}-default', opset, 'Softmax', [flat], [softmax(flat, 1).astype(F32)]),
            case(f'LogSoftmax-{opset}-coerced', opset, 'LogSoftmax', [x], [np.log(coerced)], axis=1),
        ]
    for opset in (13, 18, 22):
        cases += [
            case(f'Softmax-{opset}', opset, 'Softmax', [columns], [softmax(columns, 1).astype(F32)], axis=1),
            case(f'LogSoftmax-{opset}', opset, 'LogSoftmax', [x], [np.log(softmax(x, -1)).astype(F32)]),
        ]
    for opset in (7, 13, 14, 22):
        cases += [
            case(f'Relu-{opset}', opset, 'Relu', [x], [np.maximum(x, 0)]),
            case(f'Sigmoid-{opset}', opset, 'Sigmoid', [x], [(1 / (1 + np.exp(-x))).astype(F32)]),
            case(f'Tanh-{opset}', opset, 'Tanh', [x], [np.tanh(x)]),
            case(f'Add-{opset}', opset, 'Add', [x, x[0, :, :1].copy()], [x + x[0, :, :1]]),
            case(f'MatMul-{opset}', opset, 'MatMul', [x, x[0].T.copy()], [np.matmul(x, x[0].T)]),
            case(f'Gemm-{opset}', opset, 'Gemm', [x[0], x[1], x[2, 0, :4].copy()],
                 [(0.5 * x[0] @ x[1].T + 2 * x[2, 0, :4]).astype(F32)], alpha=0.5, beta=2.0, transB=1),
        ]
    return cases


def recurrent() -> List[Case]:
    """onnx's own helpers, which know defaults only: every opset at which the operators were defined anew."""
    from onnx.backend.test.case.node.gru import GRU_Helper
    from onnx.backend.test.case.node.lstm import LSTM_Helper
    from onnx.backend.test.case.node.rnn import RNN_Helper

    cases = []
    for operator, gates, helper_class in (('RNN', 1, RNN_Helper), ('LSTM', 4, LSTM_Helper), ('GRU', 3, GRU_Helper)):
        x, h0 = draw(operator, 4, 2, 3), draw(f'{operator}h', 1, 2, 5)
        w, r = draw(f'{operator}w', 1, gates * 5, 3), draw(f'{operator}r', 1, gates * 5, 5)
        b = draw(f'{operator}b', 1, 2 * gates * 5)
        y, y_h = helper_class(X=x, W=w, R=r, B=b, initial_h=h0).step()
        expected = [y.astype(F32), y_h.astype(F32)]
        for opset in (7, 14, 22):
            cases.append(case(f'{operator}-{opset}', opset, operator, [x, w, r, b, None, h0], expected, [1, 2, 3],
                              hidden_size=5))
    return cases


def opset_cases() -> List[Case]:
    return reductions() + shapes() + paddings() + functions() + recurrent()
