"""The numbers that both sides draw for themselves: mulberry32 as in test/support/random.ts, so no file has to hold them."""

from typing import Callable, Sequence

import numpy as np

Random = Callable[[], float]

MASK = 0xFFFFFFFF


def mulberry32(seed: int) -> Random:
    """Uniform numbers in [0, 1), Tommy Ettinger's generator."""
    state = seed & MASK

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & MASK
        mixed = ((state ^ (state >> 15)) * (state | 1)) & MASK
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & MASK)) & MASK
        return (mixed ^ (mixed >> 14)) / 4294967296

    return draw


def uniform(dims: Sequence[int], random: Random, bound: float = 1.0) -> np.ndarray:
    """float32, row-major, uniform in ±bound: `randomArray` of random.ts."""
    count = int(np.prod(dims))
    return np.array([(random() * 2 - 1) * bound for _ in range(count)], dtype=np.float32).reshape(dims)
