"""
Whole models that onnxruntime's own quantize_dynamic and quantize_static made of PyTorch's exports, with what onnxruntime 1.32
computes for them. Its graph optimisations are off, so that every node is computed as the file has it.
"""

import io
import logging
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from generator.archive import Case, seed_of

Inputs = Tuple[Tensor, ...]


class Layer(nn.Module):
    """A recurrent layer and a Linear."""

    def __init__(self, kind: str, layers: int = 1, bidirectional: bool = False) -> None:
        super().__init__()
        self.layer = getattr(nn, kind)(6, 8, layers, batch_first=True, bidirectional=bidirectional)
        self.out = nn.Linear(16 if bidirectional else 8, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.layer(x)[0])


class Listener(nn.Module):
    """Convolutions along time, one of them in groups, an LSTM, a Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(6, 8, 3, padding=1)
        self.second = nn.Conv1d(8, 8, 3, groups=2, padding=1)
        self.layer = nn.LSTM(8, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.second(torch.relu(self.first(x.transpose(1, 2)))))
        return torch.sigmoid(self.out(self.layer(y.transpose(1, 2))[0]))


class Reader(nn.Module):
    """Convolutions and a pool over two axes, a GRU in both directions, log softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.layer = nn.GRU(12, 5, batch_first=True, bidirectional=True)
        self.out = nn.Linear(10, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.max_pool2d(torch.relu(self.first(x.unsqueeze(1))), 2)
        y = nn.functional.leaky_relu(self.second(y), 0.1)
        return torch.log_softmax(self.out(self.layer(y.permute(0, 2, 1, 3).flatten(2))[0]), -1)


class Gated(nn.Module):
    """Linear layers with a residual and a sigmoid, then a GRU."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 4)
        self.layer = nn.GRU(4, 5, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.a(x))
        return self.layer(self.c(y + torch.sigmoid(self.b(y))))[0]


class Attention(nn.Module):
    """Attention over an LSTM, a mean, a concatenation, a pool: each has a quantised form of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LSTM(6, 8, batch_first=True)
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Inputs:
        y = self.layer(x)[0]
        weights = torch.softmax(self.q(y) @ self.k(y).transpose(1, 2) / 8**0.5, -1)
        pooled = nn.functional.avg_pool1d(y.transpose(1, 2), 2)
        return self.norm(y + weights @ self.v(y)), y.mean(1), torch.cat([y, y * 0.5], -1), pooled


class Cells(nn.Module):
    """A step of an LSTM and a GRU cell in plain operators, states in and out."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.LSTMCell(6, 8), nn.GRUCell(8, 8)

    def forward(self, x: Tensor, h: Tensor, c: Tensor, g: Tensor) -> Inputs:
        h, c = self.first(x, (h, c))
        return h, c, self.second(h, g)


class Characters(nn.Module):
    """Embedding, two LSTM layers with their states in and out, Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.layer = nn.LSTM(8, 8, 2, batch_first=True)
        self.out = nn.Linear(8, 20)

    def forward(self, tokens: Tensor, h: Tensor, c: Tensor) -> Inputs:
        y, (h, c) = self.layer(self.embedding(tokens), (h, c))
        return self.out(y), h, c


rows = lambda *dims: lambda: (torch.randn(dims),)  # noqa: E731
MODELS: Dict[str, Tuple[Callable[[], nn.Module], Callable[[], Inputs]]] = {
    'lstm': (lambda: Layer('LSTM'), rows(2, 5, 6)),
    'lstm-two-ways': (lambda: Layer('LSTM', 2, True), rows(2, 5, 6)),
    'gru': (lambda: Layer('GRU'), rows(2, 5, 6)),
    'rnn': (lambda: Layer('RNN'), rows(2, 5, 6)),
    'listener': (Listener, rows(2, 7, 6)),
    'reader': (Reader, rows(1, 8, 6)),
    'gated': (Gated, rows(2, 5, 6)),
    'attention': (Attention, rows(2, 6, 6)),
    'cells': (Cells, lambda: (torch.randn(2, 6), torch.randn(2, 8), torch.randn(2, 8), torch.randn(2, 8))),
    'characters': (Characters, lambda: (torch.randint(0, 20, (2, 5)), torch.randn(2, 2, 8), torch.randn(2, 2, 8))),
}

QINT8, QUINT8 = QuantType.QInt8, QuantType.QUInt8


def static(form: QuantFormat, activations: QuantType, weights: QuantType, **options: Any) -> Dict[str, Any]:
    return {'quant_format': form, 'activation_type': activations, 'weight_type': weights, **options}


QDQ, OPERATORS = QuantFormat.QDQ, QuantFormat.QOperator
SYMMETRIC = {'ActivationSymmetric': True, 'WeightSymmetric': True, 'AddQDQPairToWeight': True}
WAYS: Dict[str, Dict[str, Any]] = {
    'dynamic-int8': {'weight_type': QINT8},
    'dynamic-int8-rows': {'weight_type': QINT8, 'per_channel': True},
    'dynamic-uint8': {'weight_type': QUINT8, 'reduce_range': True},
    'dynamic-uint8-rows': {'weight_type': QUINT8, 'per_channel': True},
    'qdq-u8s8': static(QDQ, QUINT8, QINT8),
    'qdq-u8s8-rows': static(QDQ, QUINT8, QINT8, per_channel=True),
    'qdq-s8s8-symmetric': static(QDQ, QINT8, QINT8, per_channel=True, extra_options=SYMMETRIC),
    'qdq-s16s8': static(QDQ, QuantType.QInt16, QINT8),
    'qdq-u16u16': static(QDQ, QuantType.QUInt16, QuantType.QUInt16),
    'qdq-u8s4': static(QDQ, QUINT8, QuantType.QInt4),
    'operators-u8s8': static(OPERATORS, QUINT8, QINT8),
    'operators-u8s8-rows': static(OPERATORS, QUINT8, QINT8, per_channel=True),
    'operators-u8u8': static(OPERATORS, QUINT8, QUINT8),
}

# Ways that differ in what they write of a model: the others write the same operators over again.
CHOSEN: Dict[str, str] = {
    'lstm': 'dynamic-int8 dynamic-int8-rows dynamic-uint8 dynamic-uint8-rows qdq-u8s8',
    'lstm-two-ways': 'dynamic-int8 dynamic-uint8-rows',
    'gru': 'dynamic-int8 qdq-s8s8-symmetric',
    'rnn': 'dynamic-int8 operators-u8s8',
    'listener': 'dynamic-int8 dynamic-uint8 qdq-u8s8-rows qdq-s8s8-symmetric qdq-s16s8 operators-u8s8-rows operators-u8u8',
    'reader': 'dynamic-int8 qdq-u8s8 qdq-u16u16 operators-u8s8 operators-u8u8',
    'gated': 'dynamic-int8-rows qdq-u8s4 qdq-s8s8-symmetric operators-u8s8 operators-u8s8-rows',
    'attention': 'dynamic-int8 qdq-u8s8 qdq-u8s4 operators-u8s8 operators-u8u8',
    'cells': 'dynamic-int8 dynamic-uint8-rows qdq-u8s8-rows operators-u8s8',
    'characters': 'dynamic-int8 dynamic-uint8 qdq-u8s8 operators-u8s8',
}


class Samples(CalibrationDataReader):
    """What activations are measured on."""

    def __init__(self, names: Sequence[str], draws: Sequence[Inputs]) -> None:
        self.rest: Iterator[Dict[str, np.ndarray]] = iter(
            [dict(zip(names, [each.numpy() for each in given])) for given in draws]
        )

    def get_next(self) -> Optional[Dict[str, np.ndarray]]:
        return next(self.rest, None)


def answers(model: onnx.ModelProto, draws: Sequence[Dict[str, np.ndarray]]) -> List[Tuple[List, List]]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
    return [(list(feeds.values()), session.run(None, feeds)) for feeds in draws]


def model_case(name: str, way: str, folder: Path) -> Case:
    make, draw = MODELS[name]
    torch.manual_seed(seed_of(name))
    model = make().eval()
    draws = [draw() for _ in range(4)]
    names = [f'in{i}' for i in range(len(draws[0]))]
    buffer = io.BytesIO()
    torch.onnx.export(model, draws[0], buffer, dynamo=False, opset_version=17, input_names=names)
    (folder / 'plain.onnx').write_bytes(buffer.getvalue())
    quant_pre_process(folder / 'plain.onnx', folder / 'prepared.onnx')
    if way.startswith('dynamic'):
        quantize_dynamic(folder / 'prepared.onnx', folder / 'quantized.onnx', **WAYS[way])
    else:
        quantize_static(folder / 'prepared.onnx', folder / 'quantized.onnx', Samples(names, draws), **WAYS[way])
    proto = onnx.load(folder / 'quantized.onnx')
    for node in proto.graph.node:
        node.doc_string = ''
    kept = [info.name for info in proto.graph.input]
    feeds = [{name: given[names.index(name)].numpy() for name in kept} for given in draws[:2]]
    return Case(f'{name}-{way}', proto, answers(proto, feeds))


def full_range_case(op: str, weights: np.dtype) -> Case:
    """
    Bytes at the ends of their ranges, so that sums of two products pass 16 bits. On processors without dot products of bytes
    onnxruntime's native kernels saturate there; the numbers expected are NumPy's, exact.
    """
    name = f'full-range-{op}-{np.dtype(weights).name}'
    draw = np.random.default_rng(seed_of(name))
    least, most = np.iinfo(weights).min, np.iinfo(weights).max
    a = draw.choice(np.array([0, 255, 255, 254], np.uint8), (3, 32))
    b = draw.choice(np.array([least, most, most, least + 1], weights), (32, 16))
    exact = a.astype(np.int32) @ b.astype(np.int32)
    kernel = b.T.reshape(16, 32, 1, 1).copy() if op == 'ConvInteger' else b
    fed = a.T.reshape(1, 32, 3, 1).copy() if op == 'ConvInteger' else a
    want = exact.T.reshape(1, 16, 3, 1).copy() if op == 'ConvInteger' else exact
    graph = helper.make_graph(
        [helper.make_node(op, ['a', 'b'], ['y'])],
        name,
        [helper.make_tensor_value_info('a', TensorProto.UINT8, fed.shape)],
        [helper.make_tensor_value_info('y', TensorProto.INT32, want.shape)],
        [numpy_helper.from_array(kernel, 'b')],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    return Case(name, model, [([fed], [want])])


def quantized_cases() -> List[Case]:
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        whole = [model_case(name, way, Path(folder)) for name, ways in CHOSEN.items() for way in ways.split()]
    ends = [full_range_case(op, kind) for op in ('MatMulInteger', 'ConvInteger') for kind in (np.int8, np.uint8)]
    return whole + ends
