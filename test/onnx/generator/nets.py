"""The nets whose exports are archived: what they are given, which axes are open, how PyTorch writes them."""

import itertools
from dataclasses import dataclass
from typing import Any, Callable, Dict, Sequence, Tuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Axes = Dict[int, Dict[int, str]]


@dataclass
class Net:
    """A model and how to feed it."""

    make: Callable[[], nn.Module]
    draw: Callable[[int, int], Tuple[Tensor, ...]]
    """Its inputs for so many steps and sequences."""
    dynamic: Axes
    """Open axes of the inputs by place."""
    sizes: Sequence[Tuple[int, int]]
    """Steps and sequences: those of the export first."""
    script: bool


NETS: Dict[str, Net] = {}


def net(draw: Callable, dynamic: Axes = {}, sizes: Sequence[Tuple[int, int]] = ((6, 2), (9, 1)), script: bool = False):
    """Registers a class of models."""

    def add(cls: Any) -> Any:
        NETS[cls.__name__] = Net(cls, draw, dynamic, sizes, script)
        return cls

    return add


def tokens(most: int, *dims: int) -> Tensor:
    return torch.randint(0, most, dims)


def lengths(steps: int, batch: int, in_order: bool) -> Tensor:
    drawn = torch.randint(1, steps + 1, (batch,))
    drawn[0] = steps
    return drawn.sort(descending=True)[0] if in_order else drawn.flip(0)


class Packed(nn.Module):
    """A packed sequence through a recurrent layer and back; unsorted ones are sorted on the way, and sorted back."""

    def __init__(self, kind: str, in_order: bool, bidirectional: bool, batch_first: bool) -> None:
        super().__init__()
        self.in_order, self.batch_first = in_order, batch_first
        layers = 2 if bidirectional else 1
        self.layer = getattr(nn, kind)(4, 5, layers, batch_first=batch_first, bidirectional=bidirectional)
        self.out = nn.Linear(10 if bidirectional else 5, 3)

    def forward(self, x: Tensor, lengths: Tensor) -> Any:
        packed = pack_padded_sequence(x, lengths, self.batch_first, enforce_sorted=self.in_order)
        y, state = self.layer(packed)
        y, counts = pad_packed_sequence(y, self.batch_first)
        return (self.out(y), *(state if isinstance(state, tuple) else (state,)), counts)


def add_packed() -> None:
    both = (False, True)
    for kind, *options in itertools.product(('RNN', 'LSTM', 'GRU'), both, both, both):
        in_order, bidirectional, batch_first = options
        words = ['Sorted' if in_order else 'Unsorted', 'Bi' if bidirectional else '', 'Bf' if batch_first else '']
        axes = {0: 'batch', 1: 'time'} if batch_first else {0: 'time', 1: 'batch'}

        def draw(t: int, b: int, in_order: bool = in_order, batch_first: bool = batch_first) -> Tuple[Tensor, ...]:
            dims = (b, t, 4) if batch_first else (t, b, 4)
            return torch.randn(dims), lengths(t, b, in_order)

        make = lambda kind=kind, options=options: Packed(kind, *options)  # noqa: E731
        NETS[f'Packed{kind}{"".join(words)}'] = Net(make, draw, {0: axes, 1: {0: 'batch'}}, ((6, 3), (5, 2)), False)
