"""Seeded numbers for a case: parameters, input, initial state, lengths, by a named profile of values."""

import zlib
from dataclasses import dataclass
from typing import Dict, List, Sequence

import numpy as np

SEED = 20261123

Arrays = Dict[str, np.ndarray]


@dataclass(frozen=True)
class Profile:
    """Largest magnitudes. A weight scale of 0 means 1.5 / sqrt(columns), at most 1: strong gates, no explosion."""

    input: float
    weight_ih: float = 0.0
    weight_hh: float = 0.0
    bias: float = 0.5
    state: float = 1.0


PROFILES = {
    'plain': Profile(input=2.0),
    'nonfinite': Profile(input=2.0),
    'saturating': Profile(input=1e3, weight_ih=50, weight_hh=50, bias=100),
    'saturating-recurrent': Profile(input=1.0, weight_hh=50, bias=100),
    'tiny': Profile(input=1e-30, bias=1e-30, state=1e-30),
    'denormal': Profile(input=1e-40, bias=1e-40, state=1e-42),
    # weight times input overflows float32; with one input column the sum is an infinity of known sign, never a NaN
    'overflow': Profile(input=3e38, weight_ih=50),
}


def generator_for(name: str, attempt: int = 0) -> np.random.Generator:
    """A stream of its own for each case, so that adding a case changes no other."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode()), attempt])


def uniform(rng: np.random.Generator, shape: Sequence[int], limit: float) -> np.ndarray:
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def draw_parameters(rng: np.random.Generator, shapes: Dict[str, Sequence[int]], values: str) -> Arrays:
    """Parameters by PyTorch name, magnitudes by the profile; a saturating profile's biases are all plus or minus it."""
    profile = PROFILES[values]
    parameters = {}
    for name, shape in shapes.items():
        if name.startswith('bias'):
            drawn = uniform(rng, shape, profile.bias)
            parameters[name] = np.copysign(np.float32(profile.bias), drawn) if profile.bias > 10 else drawn
            continue
        asked = profile.weight_ih if name.startswith('weight_ih') else profile.weight_hh
        parameters[name] = uniform(rng, shape, asked or min(1.0, 1.5 / np.sqrt(shape[-1])))
    return parameters


def draw_lengths(rng: np.random.Generator, mode: str, steps: int, batch: int) -> List[int]:
    """Valid steps of each sequence; the modes speak for themselves, except 'short': none reaches the input's T."""
    if mode == 'equal':
        return [max(1, steps - 2)] * batch
    if mode == 'ones':
        return [1] * (batch - 1) + [steps if batch > 2 else 1]
    top = max(1, steps - 2) if mode == 'short' else steps
    while True:
        lengths = [int(length) for length in rng.integers(1, top + 1, batch)]
        if mode == 'descending':
            return sorted(lengths, reverse=True)
        # B = 1 or T = 1 cannot be out of order
        if batch < 2 or top < 2 or any(a < b for a, b in zip(lengths, lengths[1:])):
            return lengths


def fill_padding(rng: np.random.Generator, x: np.ndarray, lengths: List[int]) -> str:
    """Overwrites the time-major input past each sequence's end with what must never be read. Returns what it wrote."""
    padding = str(rng.choice(['ordinary', 'huge', 'nan']))
    for b, length in enumerate(lengths):
        if padding == 'huge':
            x[length:, b] = uniform(rng, x[length:, b].shape, 1e30)
        if padding == 'nan':
            x[length:, b] = np.nan
    return padding


def plant_nonfinite(x: np.ndarray) -> None:
    """Puts an infinity, a NaN and the other infinity into three sequences of a time-major input [T, B >= 3, I >= 2].

    The fourth sequence, where there is one, stays clean: nothing may leak into it.
    """
    x[1, 0, 0] = np.inf
    x[2, 1, 1] = np.nan
    x[0, 2, 1] = -np.inf
