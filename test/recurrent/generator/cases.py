"""Which nodes are tried: every option alone, then options drawn together."""

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

Case = Tuple[str, str, int, Dict[str, Any], Dict[str, np.ndarray]]

OPERATORS = {'RNN': (1, 1), 'LSTM': (4, 3), 'GRU': (3, 2)}  # gates, functions
INPUTS = ['X', 'W', 'R', 'B', 'sequence_lens', 'initial_h', 'initial_c', 'P']
FUNCTIONS = {
    'Relu': ([], []), 'Tanh': ([], []), 'Sigmoid': ([], []), 'Softsign': ([], []), 'Softplus': ([], []),
    'Affine': ([0.75], [0.125]), 'LeakyRelu': ([0.25], []), 'ThresholdedRelu': ([0.375], []),
    'ScaledTanh': ([1.25], [0.75]), 'HardSigmoid': ([0.3125], [0.4375]), 'Elu': ([0.625], []),
}
OPSETS = [7, 14, 22]


def activations(names: List[str], constants: bool = True) -> Dict[str, Any]:
    attributes: Dict[str, Any] = {'activations': names}
    for key, index in (('activation_alpha', 0), ('activation_beta', 1)):
        values = [value for name in names for value in FUNCTIONS[name][index]]
        if constants and values:
            attributes[key] = values
    return attributes


class Drawing:
    """Draws the inputs of a node: everything in [-0.5, 0.5], so that unbounded functions stay small; float32."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def tensor(self, *dims: int) -> np.ndarray:
        return self.rng.uniform(-0.5, 0.5, dims).astype(np.float32)

    def inputs(self, op: str, attributes: Dict[str, Any], sizes: Tuple[int, int, int, int], with_: str) -> Dict[str, Any]:
        steps, batch, width, hidden = sizes
        gates, _ = OPERATORS[op]
        directions = 2 if attributes.get('direction') == 'bidirectional' else 1
        layout = attributes.get('layout', 0)
        state = (batch, directions, hidden) if layout else (directions, batch, hidden)
        result = {
            'X': self.tensor(*((batch, steps, width) if layout else (steps, batch, width))),
            'W': self.tensor(directions, gates * hidden, width),
            'R': self.tensor(directions, gates * hidden, hidden),
        }
        if 'b' in with_:
            result['B'] = self.tensor(directions, 2 * gates * hidden)
        if 'l' in with_:
            lengths = self.rng.integers(1, steps + 1, batch)
            lengths[0] = steps
            result['sequence_lens'] = self.rng.permutation(lengths).astype(np.int32)
        if 's' in with_:
            result['initial_h'] = self.tensor(*state)
            if op == 'LSTM':
                result['initial_c'] = self.tensor(*state)
        if 'p' in with_ and op == 'LSTM':
            result['P'] = self.tensor(directions, 3 * hidden)
        return result


def described(op: str) -> Iterator[Tuple[str, Dict[str, Any], str]]:
    """Name, attributes, and which optional inputs: b bias, l lengths, s states, p peepholes."""
    for direction in ('forward', 'reverse', 'bidirectional'):
        yield direction, {'direction': direction}, 'bs'
        yield f'{direction}-lengths', {'direction': direction}, 'bls'
        yield f'{direction}-layout-1', {'direction': direction, 'layout': 1}, 'bls'
    yield 'bare', {}, ''
    yield 'clip', {'clip': 0.5}, 'bs'
    _, count = OPERATORS[op]
    for name in FUNCTIONS:
        yield f'{name}', activations([name] * count), 'bs'
        if FUNCTIONS[name][0]:
            yield f'{name}-defaults', activations([name] * count, constants=False), 'bs'
    if op == 'LSTM':
        yield 'peepholes', {}, 'bsp'
        yield 'peepholes-lengths', {'direction': 'bidirectional'}, 'blsp'
        yield 'input_forget', {'input_forget': 1}, 'bs'
        yield 'input_forget-peepholes', {'input_forget': 1}, 'bsp'
        yield 'clip-peepholes', {'clip': 0.25}, 'bsp'
    if op == 'GRU':
        for direction in ('forward', 'reverse', 'bidirectional'):
            yield f'reset-after-{direction}', {'linear_before_reset': 1, 'direction': direction}, 'bls'
        yield 'reset-after-clip', {'linear_before_reset': 1, 'clip': 0.5}, 'bs'
        yield 'reset-after-bare', {'linear_before_reset': 1}, ''
        yield 'reset-after-HardSigmoid-Relu', {'linear_before_reset': 1, **activations(['HardSigmoid', 'Relu'])}, 'bls'


def drawn(op: str, rng: np.random.Generator) -> Iterator[Tuple[str, Dict[str, Any], str]]:
    """Options together, as they come."""
    _, count = OPERATORS[op]
    for index in range(16):
        direction = str(rng.choice(['forward', 'reverse', 'bidirectional']))
        attributes: Dict[str, Any] = {'direction': direction, 'layout': int(rng.integers(2))}
        if rng.integers(2):
            functions = count * (2 if direction == 'bidirectional' else 1)
            attributes.update(activations([str(name) for name in rng.choice(list(FUNCTIONS), functions)]))
        if rng.integers(2):
            attributes['clip'] = float(rng.choice([0.25, 0.5, 1.5]))
        if op == 'LSTM' and rng.integers(2):
            attributes['input_forget'] = 1
        if op == 'GRU':
            attributes['linear_before_reset'] = int(rng.integers(2))
        yield f'drawn-{index}', attributes, ''.join(letter for letter in 'blsp' if rng.integers(2))


def cases() -> Iterator[Case]:
    seed = 0
    for op in OPERATORS:
        rng = np.random.default_rng(len(op))
        for number, (name, attributes, with_) in enumerate([*described(op), *drawn(op, rng)]):
            # Widths that fill vectors and such that do not, one sequence and several, one step and several.
            sizes = [(4, 2, 3, 5), (3, 3, 4, 4), (5, 1, 2, 8), (1, 2, 5, 3)][number % 4 if 'drawn' in name else 0]
            if name in ('forward', 'bare', 'reset-after-forward'):
                sizes = (6, 3, 4, 8)
            seed += 1
            full = {**attributes, 'hidden_size': sizes[3]}
            yield f'{op}-{name}', op, OPSETS[seed % 3], full, Drawing(seed).inputs(op, attributes, sizes, with_)
    for op in OPERATORS:
        seed += 1
        attributes = {'direction': 'bidirectional', 'hidden_size': 5}
        inputs = Drawing(seed).inputs(op, attributes, (4, 3, 3, 5), 'bls')
        inputs['sequence_lens'] = np.array([0, 4, 2], np.int32)
        yield f'{op}-no-length', op, OPSETS[seed % 3], attributes, inputs
