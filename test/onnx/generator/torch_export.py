"""Models as PyTorch 1.13's exporter writes them, with what PyTorch computes for them in float32."""

import io
import itertools
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from generator.archive import Case, seed_of

KINDS = {'rnn': nn.RNN, 'lstm': nn.LSTM, 'gru': nn.GRU}
I, H, T, B = 3, 5, 6, 2
Inputs = Tuple[Tensor, ...]


class Layer(nn.Module):
    """A recurrent layer whose state is an input and an output only if asked."""

    def __init__(self, kind: str, stateful: bool, **options: Any) -> None:
        super().__init__()
        self.kind, self.stateful = kind, stateful
        self.layer = KINDS[kind](I, H, **options)

    def forward(self, x: Tensor, *state: Tensor) -> Any:
        given: Any = (state if self.kind == 'lstm' else state[0]) if self.stateful else None
        y, final = self.layer(x, given)
        return (y, *final) if self.kind == 'lstm' else (y, final)


class Ragged(nn.Module):
    """Sequences of several lengths: the exporter writes sequence_lens, and the batch size as a constant."""

    def __init__(self, kind: str, bidirectional: bool, batch_first: bool) -> None:
        super().__init__()
        self.layer = KINDS[kind](I, H, bidirectional=bidirectional, batch_first=batch_first)
        self.batch_first = batch_first

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        y, final = self.layer(pack_padded_sequence(x, lengths, self.batch_first, enforce_sorted=True))
        y, _ = pad_packed_sequence(y, self.batch_first)
        return (y, *final) if isinstance(final, tuple) else (y, final)


class Characters(nn.Module):
    """Embedding, LSTM, Linear: a language model with its state in and out."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.lstm = nn.LSTM(4, 8, num_layers=2)
        self.linear = nn.Linear(8, 11)

    def forward(self, tokens: Tensor, h: Tensor, c: Tensor) -> Any:
        y, (h, c) = self.lstm(self.embedding(tokens), (h, c))
        return self.linear(y), h, c


class Classifier(nn.Module):
    """Embedding, two-way LSTM, the last output of each direction, Linear, log softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.lstm = nn.LSTM(4, 6, bidirectional=True, batch_first=True)
        self.linear = nn.Linear(12, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        y, _ = self.lstm(self.embedding(tokens))
        return torch.log_softmax(self.linear(torch.cat((y[:, -1, :6], y[:, 0, 6:]), dim=1)), dim=-1)


class Listener(nn.Module):
    """Conv1d with stride and padding, ReLU, GRU, mean over time, sigmoid: a keyword spotter."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm1d(8)
        self.gru = nn.GRU(8, 6, batch_first=True)
        self.linear = nn.Linear(6, 2)
        self.norm.running_mean = torch.linspace(-0.2, 0.2, 8)
        self.norm.running_var = torch.linspace(0.5, 1.5, 8)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.gru(torch.relu(self.norm(self.conv(x))).transpose(1, 2))
        return torch.sigmoid(self.linear(y.mean(dim=1)))


class Normalised(nn.Module):
    """LayerNorm before and after a GRU, a residual, GELU."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.LayerNorm(6), nn.LayerNorm(6)
        self.gru = nn.GRU(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.gru(self.before(x))
        return nn.functional.gelu(self.after(x + y))


class Cell(nn.Module):
    """One step written with a cell and plain operators."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.cell = {'lstm': nn.LSTMCell, 'gru': nn.GRUCell, 'rnn': nn.RNNCell}[kind](I, H)

    def forward(self, x: Tensor, *state: Tensor) -> Any:
        return self.cell(x, state if len(state) > 1 else state[0])


class Attention(nn.Module):
    """A decoder's step: embedding of the last token, attention over the encoder's outputs, GRU, logits."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.score = nn.Linear(12, 5)
        self.gru = nn.GRU(10, 6, batch_first=True)
        self.out = nn.Linear(6, 9)

    def forward(self, token: Tensor, h: Tensor, memory: Tensor) -> Any:
        x = self.embedding(token)
        query = h[-1].unsqueeze(1).expand(-1, memory.size(1), -1)
        weights = torch.softmax(torch.tanh(self.score(torch.cat((query, memory), -1))).sum(-1), dim=-1)
        context = torch.bmm(weights.unsqueeze(1), memory)
        y, h = self.gru(torch.cat((x, context), -1), h)
        return self.out(y.squeeze(1)), h, weights


def export(name: str, model: nn.Module, runs: Sequence[Inputs], inputs: Sequence[str], outputs: Sequence[str],
           opset: int, dynamic: Optional[Dict[str, Dict[int, str]]] = None) -> Case:
    """Exports with the first run's inputs; what is expected of each run is PyTorch's answer."""
    buffer = io.BytesIO()
    model.eval()
    torch.onnx.export(model, runs[0], buffer, input_names=list(inputs), output_names=list(outputs),
                      opset_version=opset, dynamic_axes=dynamic)
    proto = onnx.load_model_from_string(buffer.getvalue())
    # The exporter's stack traces name the machine it ran on, and are half of a small file.
    for node in proto.graph.node:
        node.doc_string = ''
    answers = []
    with torch.no_grad():
        for given in runs:
            result = model(*given)
            answers.append(result if isinstance(result, tuple) else (result,))
    to_numpy = lambda tensors: [np.ascontiguousarray(tensor.numpy()) for tensor in tensors]  # noqa: E731
    kept = {value.name for value in proto.graph.input}
    assert kept == set(inputs), f'{name}: exporter dropped {set(inputs) - kept}'
    return Case(name, proto, [(to_numpy(given), to_numpy(out)) for given, out in zip(runs, answers)])


def layer_case(kind: str, layers: int, bidirectional: bool, batch_first: bool, stateful: bool, dynamic: bool,
               opset: int) -> Case:
    flags = [('bi', bidirectional), ('bf', batch_first), ('state', stateful), ('dynamic', dynamic)]
    name = '-'.join([kind, f'l{layers}', *[word for word, on in flags if on], f'opset{opset}'])
    torch.manual_seed(seed_of(name))
    model = Layer(kind, stateful, num_layers=layers, bidirectional=bidirectional, batch_first=batch_first)
    rows = layers * (2 if bidirectional else 1)
    states = (2 if kind == 'lstm' else 1) if stateful else 0

    def draw(t: int, b: int) -> Inputs:
        dims = (b, t, I) if batch_first else (t, b, I)
        return (torch.randn(dims), *[torch.randn(rows, b, H) for _ in range(states)])

    inputs = ['x', 'h0', 'c0'][: 1 + states]
    outputs = ['y', 'h', 'c'] if kind == 'lstm' else ['y', 'h']
    time, batch = (1, 0) if batch_first else (0, 1)
    axes = {'x': {time: 'time', batch: 'batch'}, 'y': {time: 'time', batch: 'batch'}}
    axes.update({each: {1: 'batch'} for each in [*inputs[1:], *outputs[1:]]})
    runs = [draw(T, B), draw(9, 3), draw(1, 1)] if dynamic else [draw(T, B)]
    return export(name, model, runs, inputs, outputs, opset, axes if dynamic else None)


def layer_cases() -> List[Case]:
    """Every combination; the opsets that this exporter writes take turns."""
    opsets = itertools.cycle(range(9, 18))
    both = (False, True)
    grid = itertools.product(KINDS, (1, 2), both, both, both, both)
    return [layer_case(*options, next(opsets)) for options in grid]


def ragged_case(kind: str, bidirectional: bool, batch_first: bool) -> Case:
    name = '-'.join([kind, 'ragged', *[word for word, on in (('bi', bidirectional), ('bf', batch_first)) if on]])
    torch.manual_seed(seed_of(name))

    def draw(lengths: List[int]) -> Inputs:
        dims = (len(lengths), max(lengths), I) if batch_first else (max(lengths), len(lengths), I)
        return torch.randn(dims), torch.tensor(lengths)

    time = 1 if batch_first else 0
    axes = {'x': {time: 'time'}, 'y': {time: 'time'}}
    outputs = ['y', 'h', 'c'] if kind == 'lstm' else ['y', 'h']
    runs = [draw([6, 4, 1]), draw([3, 3, 2])]
    return export(name, Ragged(kind, bidirectional, batch_first), runs, ['x', 'lengths'], outputs, 13, axes)


def model_cases() -> List[Case]:
    def case(name: str, model: Callable[[], nn.Module], draw: Callable[..., Inputs], sizes: Sequence[Tuple[int, ...]],
             inputs: Sequence[str], outputs: Sequence[str], opset: int, axes: Dict[str, Dict[int, str]]) -> Case:
        torch.manual_seed(seed_of(name))
        return export(name, model(), [draw(*each) for each in sizes], inputs, outputs, opset, axes)

    tokens = lambda most, *dims: torch.randint(0, most, dims)  # noqa: E731
    steps = [(1, 1), (4, 2)]
    return [
        case('characters', Characters, lambda t, b: (tokens(11, t, b), torch.randn(2, b, 8), torch.randn(2, b, 8)),
             steps, ['tokens', 'h0', 'c0'], ['logits', 'h', 'c'], 14,
             {'tokens': {0: 'time', 1: 'batch'}, 'h0': {1: 'batch'}, 'c0': {1: 'batch'},
              'logits': {0: 'time', 1: 'batch'}, 'h': {1: 'batch'}, 'c': {1: 'batch'}}),
        case('classifier', Classifier, lambda t, b: (tokens(11, b, t),), [(5, 2), (9, 3)], ['tokens'], ['scores'], 12,
             {'tokens': {0: 'batch', 1: 'time'}, 'scores': {0: 'batch'}}),
        case('listener', Listener, lambda t, b: (torch.randn(b, 3, t),), [(20, 2), (31, 1)], ['x'], ['p'], 13,
             {'x': {0: 'batch', 2: 'time'}, 'p': {0: 'batch'}}),
        case('normalised', Normalised, lambda t, b: (torch.randn(t, b, 6),), [(4, 2), (7, 1)], ['x'], ['y'], 17,
             {'x': {0: 'time', 1: 'batch'}, 'y': {0: 'time', 1: 'batch'}}),
        case('normalised-opset11', Normalised, lambda t, b: (torch.randn(t, b, 6),), [(4, 2)], ['x'], ['y'], 11, {}),
        case('decoder-step', Attention, lambda s, b: (tokens(9, b, 1), torch.randn(1, b, 6), torch.randn(b, s, 6)),
             [(5, 2), (8, 1)], ['token', 'h0', 'memory'], ['logits', 'h', 'weights'], 15,
             {'token': {0: 'batch'}, 'h0': {1: 'batch'}, 'memory': {0: 'batch', 1: 'source'},
              'logits': {0: 'batch'}, 'h': {1: 'batch'}, 'weights': {0: 'batch', 1: 'source'}}),
        *[
            case(f'{kind}-cell', lambda kind=kind: Cell(kind),
                 lambda b, n=count: (torch.randn(b, I), *[torch.randn(b, H) for _ in range(n)]), [(2,), (1,)],
                 ['x', 'h0', 'c0'][: 1 + count], ['h', 'c'][:count], 13,
                 {each: {0: 'batch'} for each in ['x', 'h0', 'c0'][: 1 + count] + ['h', 'c'][:count]})
            for kind, count in (('lstm', 2), ('gru', 1), ('rnn', 1))
        ],
    ]


# Kernel, stride, padding (a mode: that many on both sides), dilation, groups, bias.
CONVOLUTIONS: List[Tuple[int, int, int, str, int, int, bool]] = [
    (1, 1, 0, 'zeros', 1, 1, True), (3, 1, 1, 'zeros', 1, 1, True), (3, 2, 0, 'zeros', 1, 1, False),
    (5, 3, 2, 'reflect', 1, 1, True), (4, 1, 3, 'replicate', 2, 1, False), (3, 1, 1, 'zeros', 3, 2, True),
    (3, 2, 1, 'zeros', 1, 4, True), (7, 4, 3, 'zeros', 1, 2, False), (2, 2, 0, 'zeros', 4, 4, True),
    # Windows that see padding alone.
    (1, 1, 2, 'zeros', 1, 1, True), (2, 1, 3, 'zeros', 2, 2, True), (2, 1, 4, 'zeros', 1, 4, True),
]


def window_cases() -> List[Case]:
    """Convolutions and pools along time, by themselves: channels 4 to 8, three lengths."""
    axes = {'x': {0: 'batch', 2: 'time'}, 'y': {0: 'batch', 2: 'time'}}
    layers: List[Tuple[str, Callable[[], nn.Module]]] = [
        (f'conv-k{k}-s{s}-p{p}-{mode}-d{d}-g{g}{"" if bias else "-nobias"}',
         lambda k=k, s=s, p=p, mode=mode, d=d, g=g, bias=bias:
         nn.Conv1d(4, 8, k, s, p, d, g, bias, padding_mode=mode))
        for k, s, p, mode, d, g, bias in CONVOLUTIONS
    ]
    for k, s, p in ((2, 2, 0), (3, 1, 1), (4, 3, 2)):
        layers += [
            (f'maxpool-k{k}-s{s}-p{p}', lambda k=k, s=s, p=p: nn.MaxPool1d(k, s, p)),
            (f'maxpool-k{k}-s{s}-p{p}-ceil', lambda k=k, s=s, p=p: nn.MaxPool1d(k, s, p, ceil_mode=True)),
            (f'avgpool-k{k}-s{s}-p{p}', lambda k=k, s=s, p=p: nn.AvgPool1d(k, s, p)),
            (f'avgpool-k{k}-s{s}-p{p}-inside', lambda k=k, s=s, p=p: nn.AvgPool1d(k, s, p, count_include_pad=False)),
        ]
    cases = []
    for name, layer in layers:
        torch.manual_seed(seed_of(name))
        runs = [(torch.randn(b, 4, t),) for t, b in ((15, 2), (24, 1), (31, 3))]
        cases.append(export(name, layer(), runs, ['x'], ['y'], 13, axes))
    return cases


def torch_cases() -> List[Case]:
    torch.set_num_threads(1)
    ragged = [ragged_case(*each) for each in itertools.product(KINDS, (False, True), (False, True))]
    return layer_cases() + ragged + model_cases() + window_cases()
