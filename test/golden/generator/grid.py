"""Which layer configurations there are: an all-pairs grid for each kind, then the special cases by hand."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from generator.all_pairs import Row, all_pairs

FAMILIES = {'RNN': 'rnn', 'LSTM': 'lstm', 'GRU': 'gru'}


@dataclass(frozen=True)
class LayerCase:
    """A configuration, numbers not drawn yet. `batch` None: unbatched input. `lengths`: a mode of draw_lengths."""

    name: str
    kind: str
    options: Dict[str, Any]
    steps: int
    batch: Optional[int]
    state: bool = False
    lengths: Optional[str] = None
    values: str = 'plain'


COMMON: Dict[str, List[Any]] = {
    'numLayers': [1, 2, 3],
    'bias': [True, False],
    'bidirectional': [False, True],
    'layout': ['TBI', 'BTI', 'TI'],
    'state': [False, True],
    'lengths': [None, 'unsorted', 'ones', 'equal'],
    'hiddenSize': [1, 4, 7, 8, 13, 16],
    'inputSize': [1, 3, 5, 8],
    'steps': [1, 2, 6, 11],
    'batch': [1, 2, 5],
}
EXTRA: Dict[str, Dict[str, List[Any]]] = {
    'RNN': {'nonlinearity': ['tanh', 'relu']},
    'LSTM': {'projSize': ['none', 'half', 'less']},
    'GRU': {},
}


COST = 1 / 2000


def feasible(row: Row) -> bool:
    """What torch.nn itself refuses, pair by pair: a ragged or larger batch without a batch dimension, projSize >= H."""
    unbatched = row.get('layout') == 'TI'
    if unbatched and (row.get('lengths') or row.get('batch', 1) > 1):
        return False
    return not (row.get('projSize', 'none') != 'none' and row.get('hiddenSize') == 1)


def cost(row: Row) -> float:
    """Grows with the bytes of a row's weights: the files are committed."""
    return COST * row['numLayers'] ** 2 * (2 if row['bidirectional'] else 1) * row['hiddenSize'] ** 2


def layer_options(kind: str, row: Row) -> Dict[str, Any]:
    """A row's constructor options; absent keys take torch.nn's defaults, written out all the same."""
    size = row['hiddenSize']
    options = {'inputSize': row['inputSize'], 'hiddenSize': size, 'numLayers': row.get('numLayers', 1)}
    options['bias'] = row.get('bias', True)
    options['batchFirst'] = row.get('batchFirst', row.get('layout') == 'BTI')
    options['bidirectional'] = row.get('bidirectional', False)
    if kind == 'LSTM':
        named = {'none': 0, 'half': size // 2, 'less': size - 1}
        proj = row.get('projSize', 0)
        options['projSize'] = named.get(proj, proj)
    if kind == 'GRU':
        options['resetAfter'] = row['resetAfter']
    if kind == 'RNN':
        options['nonlinearity'] = row.get('nonlinearity', 'tanh')
    return options


def case_of(kind: str, title: str, row: Row) -> LayerCase:
    """Names a row after its title and everything in it that matters."""
    options = layer_options(kind, row)
    batch = None if row.get('layout') == 'TI' else row['batch']
    words = [kind.lower(), *(['before'] if options.get('resetAfter') is False else [])]
    words += [title, f'l{options["numLayers"]}']
    words += [options['nonlinearity']] if kind == 'RNN' else []
    words += ['bi'] if options['bidirectional'] else []
    words += [] if options['bias'] else ['nobias']
    words += [f'proj{options["projSize"]}'] if options.get('projSize') else []
    words += [f'h{options["hiddenSize"]}', f'i{options["inputSize"]}', f't{row["steps"]}']
    words += ['bf' if options['batchFirst'] else 'tf', 'unbatched' if batch is None else f'b{batch}']
    words += ['state'] if row.get('state') else []
    words += [row['lengths']] if row.get('lengths') else []
    tail = (row['steps'], batch, row.get('state', False), row.get('lengths'), row.get('values', 'plain'))
    return LayerCase('-'.join(words), kind, options, *tail)


def grid_cases(kind: str, fixed: Row, seed: int) -> List[LayerCase]:
    """The all-pairs grid of one kind."""
    rows = all_pairs({**COMMON, **EXTRA[kind]}, feasible, cost, seed)
    return [case_of(kind, 'grid', {**row, **fixed}) for row in rows]


def size_rows(kind: str, fixed: Row) -> List[Row]:
    """Sizes on and off the lane and panel widths, and long sequences, one layer each."""
    sizes = [(17, 23), (31, 13), (32, 32), (64, 7), (67, 13)]
    if fixed.get('resetAfter') is False:
        sizes = [size for size in sizes if size[0] not in (32, 67)]  # the panels are those of reset-after
    rows: List[Row] = [{'hiddenSize': h, 'inputSize': i, 'steps': 5, 'batch': 2} for h, i in sizes]
    rows += [{'hiddenSize': 1, 'inputSize': 1, 'steps': 1, 'batch': 1}]
    rows += [{'hiddenSize': 23, 'inputSize': 6, 'steps': 40, 'batch': 1, 'state': True}]
    rows += [{'hiddenSize': 12, 'inputSize': 10, 'steps': 40, 'batch': 3, 'bidirectional': True, 'lengths': 'unsorted'}]
    if kind == 'RNN':
        rows += [{'hiddenSize': 64, 'inputSize': 67, 'steps': 40, 'batch': 1}]
        rows += [{'hiddenSize': 23, 'inputSize': 6, 'steps': 40, 'batch': 1, 'nonlinearity': 'relu'}]
    if kind == 'LSTM':
        rows += [{'hiddenSize': 32, 'inputSize': 9, 'steps': 5, 'batch': 2, 'projSize': proj} for proj in (1, 17)]
    return rows


def option_rows(kind: str) -> List[Row]:
    """Combinations of more than two options that deserve a case by name."""
    full: Row = {'numLayers': 3, 'bidirectional': True, 'hiddenSize': 10, 'inputSize': 6, 'steps': 12, 'batch': 5}
    full.update({'state': True, 'lengths': 'unsorted', **({'projSize': 3} if kind == 'LSTM' else {})})
    plain: Row = {'hiddenSize': 9, 'inputSize': 5, 'steps': 7, 'batch': 4}
    rows = [full, {**full, 'layout': 'BTI', 'bias': False}]
    rows += [{**plain, 'lengths': mode, 'state': True} for mode in ('descending', 'short', 'ones')]
    rows += [{**plain, 'lengths': 'short', 'bidirectional': True, 'numLayers': 2, 'layout': 'BTI'}]
    rows += [{**plain, 'layout': 'TI', 'state': True, 'bidirectional': True, 'numLayers': 2}]
    # batchFirst says nothing about an input without a batch dimension
    rows += [{**plain, 'layout': 'TI', 'batchFirst': True, 'steps': 3}]
    if kind == 'LSTM':
        rows += [{**plain, 'layout': 'TI', 'state': True, 'bidirectional': True, 'numLayers': 2, 'projSize': 4}]
    return rows


def value_rows() -> List[Row]:
    """Numbers at the edges: saturation, overflow of a product, the tiny, the denormal."""
    small: Row = {'hiddenSize': 7, 'inputSize': 5, 'steps': 6, 'batch': 3}
    rows = [{**small, 'values': 'saturating'}]
    rows += [{**small, 'values': 'saturating', 'numLayers': 2, 'bidirectional': True, 'state': True}]
    rows += [{**small, 'values': 'saturating-recurrent', 'state': True}]
    rows += [{**small, 'values': 'overflow', 'inputSize': 1}]
    rows += [{**small, 'values': values, 'state': True} for values in ('tiny', 'denormal')]
    return rows


def nonfinite_rows() -> List[Row]:
    """NaN and infinities in the input, at sizes that leave padded lanes beside the real ones."""
    small: Row = {'hiddenSize': 7, 'inputSize': 5, 'steps': 6, 'batch': 4, 'values': 'nonfinite'}
    rows = [small, {**small, 'bidirectional': True, 'numLayers': 2, 'hiddenSize': 6}]
    rows += [{**small, 'lengths': 'unsorted', 'state': True, 'layout': 'BTI', 'inputSize': 3}]
    return rows


def special_cases(kind: str, fixed: Row) -> List[LayerCase]:
    """Everything outside the grid for one kind (for GRU: one reset)."""
    cases = [case_of(kind, 'size', {**row, **fixed}) for row in size_rows(kind, fixed)]
    cases += [case_of(kind, 'options', {**row, **fixed}) for row in option_rows(kind)]
    for row in value_rows() + nonfinite_rows():
        variants: List[Row] = [row]
        if kind == 'RNN' and row['values'] != 'overflow':
            # an overflowing ReLU is infinite in float32 and finite in float64: no truth to compare with
            variants.append({**row, 'nonlinearity': 'relu', 'steps': 3})
        if kind == 'LSTM' and row['values'] in ('saturating', 'nonfinite'):
            variants.append({**row, 'projSize': 3})
        cases += [case_of(kind, row['values'], {**variant, **fixed}) for variant in variants]
    return cases


def layer_cases() -> List[LayerCase]:
    """All layer configurations: RNN, LSTM, GRU with the reset after and before the product."""
    cases: List[LayerCase] = []
    for seed, (kind, fixed) in enumerate(
        [('RNN', {}), ('LSTM', {}), ('GRU', {'resetAfter': True}), ('GRU', {'resetAfter': False})]
    ):
        cases += grid_cases(kind, fixed, seed) + special_cases(kind, fixed)
    return cases
