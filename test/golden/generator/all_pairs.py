"""A deterministic all-pairs (pairwise) generator: few rows in which every feasible pair of option values occurs."""

from itertools import combinations
from typing import Any, Callable, Dict, List, Set, Tuple

import numpy as np

Row = Dict[str, Any]
Pair = Tuple[str, Any, str, Any]

CANDIDATES = 80


def pairs_of(row: Row) -> Set[Pair]:
    """The pairs of option values that occur in a row."""
    return {(a, row[a], b, row[b]) for a, b in combinations(row, 2)}


def feasible_pairs(factors: Dict[str, List[Any]], feasible: Callable[[Row], bool]) -> Set[Pair]:
    """Every pair of values that `feasible` allows (it is asked about partial rows of two options)."""
    return {
        (a, va, b, vb)
        for a, b in combinations(factors, 2)
        for va in factors[a]
        for vb in factors[b]
        if feasible({a: va, b: vb})
    }


def all_pairs(
    factors: Dict[str, List[Any]],
    feasible: Callable[[Row], bool],
    cost: Callable[[Row], float],
    seed: int,
) -> List[Row]:
    """Greedy cover: of many random rows through one uncovered pair, take the row that covers most new pairs.

    `cost`, in units of one new pair, holds down expensive rows. `feasible` must accept a row exactly when it accepts
    each pair of its values.
    """
    rng = np.random.default_rng(seed)
    missing = feasible_pairs(factors, feasible)
    rows: List[Row] = []
    while missing:
        a, va, b, vb = min(missing, key=repr)
        drawn = [draw_row(factors, feasible, {a: va, b: vb}, rng) for _ in range(CANDIDATES)]
        best = max(drawn, key=lambda row: len(pairs_of(row) & missing) - cost(row))
        rows.append(best)
        missing -= pairs_of(best)
    return rows


def draw_row(
    factors: Dict[str, List[Any]],
    feasible: Callable[[Row], bool],
    fixed: Row,
    rng: np.random.Generator,
) -> Row:
    """Completes `fixed` at random, option by option in random order; starts over from a dead end."""
    while True:
        row = dict(fixed)
        for key in rng.permutation([key for key in factors if key not in fixed]):
            open_values = [value for value in factors[key] if feasible({**row, key: value})]
            if not open_values:
                break
            row[key] = open_values[rng.integers(len(open_values))]
        if len(row) == len(factors):
            return {key: row[key] for key in factors}
