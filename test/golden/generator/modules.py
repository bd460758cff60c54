"""Golden cases of what stands around the cells: Linear, Embedding, softmax, activations, a character model."""

from functools import partial
from typing import Any, Callable, Dict, List

import numpy as np
import torch

from generator.draw import draw_parameters, generator_for, uniform
from generator.golden import Arrays, Golden, largest_error, sensitivity, to_float32

Run = Callable[[Arrays, torch.dtype], Arrays]


def module_golden(
    name: str, kind: str, options: Dict[str, Any], run: Run, sources: Arrays, values: str = 'plain'
) -> Golden:
    """Evaluates `run` in float64 and float32; 'input' and 'state.*' of `sources` are data, the rest parameters.

    Integer sources (tokens) are exact and are not perturbed; functions without parameters have no sensitivity measured.
    """
    truth, single = run(sources, torch.float64), run(sources, torch.float32)
    state = {key[6:]: value for key, value in sources.items() if key.startswith('state.')}
    parameters = {key: value for key, value in sources.items() if key != 'input' and not key.startswith('state.')}
    x = np.ascontiguousarray(sources['input'], dtype=np.float32)
    golden = Golden(name, 'modules', kind, options, parameters, x, to_float32(truth), values=values, state=state)
    golden.float32_error = largest_error(single, truth)
    real = {key: value for key, value in sources.items() if value.dtype == np.float32}
    if parameters:
        golden.sensitivity = sensitivity(lambda moved: run({**sources, **moved}, torch.float64), real, truth)
    return golden


def loaded(module: torch.nn.Module, sources: Arrays, dtype: torch.dtype) -> torch.nn.Module:
    """The module in `dtype` with the parameters of `sources`."""
    module = module.to(dtype)
    module.load_state_dict({name: torch.tensor(sources[name], dtype=dtype) for name in module.state_dict()})
    return module


def run_linear(options: Dict[str, Any], sources: Arrays, dtype: torch.dtype) -> Arrays:
    module = torch.nn.Linear(options['inFeatures'], options['outFeatures'], options['bias'])
    with torch.no_grad():
        return {'output': loaded(module, sources, dtype)(torch.tensor(sources['input'], dtype=dtype)).numpy()}


def linear_goldens() -> List[Golden]:
    """Linear on [I], [N, I] and [N, M, I], with and without bias."""
    goldens = []
    shapes = [([5], 3), ([13], 1), ([1, 1], 1), ([3, 8], 8), ([7, 17], 23)]
    shapes += [([2, 3, 16], 7), ([4, 5, 31], 67), ([4, 9], 6)]
    for index, (shape, width) in enumerate(shapes):
        for bias in (True, False):
            options = {'inFeatures': shape[-1], 'outFeatures': width, 'bias': bias}
            values = 'large' if index == len(shapes) - 1 else 'plain'
            words = ['linear', values, 'x'.join(map(str, shape)), f'to-{width}', *([] if bias else ['nobias'])]
            name = '-'.join(words)
            rng = generator_for(name)
            sizes = {'weight': [width, shape[-1]], **({'bias': [width]} if bias else {})}
            sources = draw_parameters(rng, sizes, 'plain')
            sources['input'] = uniform(rng, shape, 1e4 if values == 'large' else 2)
            goldens.append(module_golden(name, 'Linear', options, partial(run_linear, options), sources, values))
    return goldens


def run_embedding(options: Dict[str, Any], sources: Arrays, dtype: torch.dtype) -> Arrays:
    padding = options.get('paddingIdx')
    module = torch.nn.Embedding(options['numEmbeddings'], options['embeddingDim'], padding_idx=padding)
    with torch.no_grad():
        return {'output': loaded(module, sources, dtype)(torch.tensor(sources['input'])).numpy()}


def embedding_goldens() -> List[Golden]:
    """Embedding of tokens [], [N] and [N, M]; padding_idx changes training, not the forward pass."""
    goldens = []
    tables = [(11, 4, [6], None), (7, 13, [3, 5], None), (5, 8, [4, 6], 2), (1, 1, [1], None), (9, 3, [], None)]
    for count, width, shape, padding in tables:
        options: Dict[str, Any] = {'numEmbeddings': count, 'embeddingDim': width}
        words = ['embedding', f'{count}x{width}', 'of', 'x'.join(map(str, shape)) or 'scalar']
        if padding is not None:
            options['paddingIdx'] = padding
            words.append('padding')
        name = '-'.join(words)
        rng = generator_for(name)
        tokens = rng.integers(0, count, shape) if shape else np.array(count - 1)
        sources = {'weight': uniform(rng, [count, width], 2), 'input': tokens}
        assert padding is None or padding in tokens
        goldens.append(module_golden(name, 'Embedding', options, partial(run_embedding, options), sources))
    return goldens


def function_golden(name: str, kind: str, x: np.ndarray, values: str) -> Golden:
    """A case of a function without parameters; softmax and log_softmax run over the last dimension."""
    functions: Dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        'softmax': lambda x: torch.softmax(x, -1),
        'logSoftmax': lambda x: torch.log_softmax(x, -1),
        'sigmoid': torch.sigmoid,
        'tanh': torch.tanh,
        'relu': torch.relu,
    }

    def run(sources: Arrays, dtype: torch.dtype) -> Arrays:
        return {'output': functions[kind](torch.tensor(sources['input'], dtype=dtype)).numpy()}

    return module_golden(f'{kind.lower()}-{name}', kind, {}, run, {'input': x.astype(np.float32)}, values)


def softmax_goldens() -> List[Golden]:
    """Softmax and log-softmax: ordinary, large and masked logits, and the rows whose answer is NaN."""
    rng = generator_for('softmax')
    inf, nan = np.inf, np.nan
    inputs = {
        'vector': (uniform(rng, [7], 3), 'plain'),
        'single': (uniform(rng, [4, 1], 3), 'plain'),
        'matrix': (uniform(rng, [5, 33], 5), 'plain'),
        'cube': (uniform(rng, [2, 3, 8], 5), 'plain'),
        'large': (np.rint(uniform(rng, [4, 9], 1e4)), 'large'),
        'far': (np.array([[0, -50, -90, -104], [1e30, 0, -1e30, 1e30], [88, 89, 87.5, 88.25]]), 'large'),
        'masked': (np.array([[1, -inf, 0.5, -inf, 2], [-inf, 3, -inf, -inf, -inf]]), 'nonfinite'),
        'undefined': (np.array([[-inf, -inf, -inf], [1, inf, 2], [1, nan, 2], [3, 2, 1]]), 'nonfinite'),
    }
    kinds = ('softmax', 'logSoftmax')
    return [function_golden(name, kind, x, values) for kind in kinds for name, (x, values) in inputs.items()]


def activation_goldens() -> List[Golden]:
    """Sigmoid, tanh and ReLU on a dense grid, on a geometric one over all of float32, and at its edges."""
    powers = np.geomspace(1e-44, 3.4e38, 165)
    edges = [0.0, -0.0, 2**-149, -(2**-149), 2**-126, 88.0, 88.5, 88.7228, 88.73, 89.0, 103.5, 104.0, 3.4028235e38]
    edges = np.array([*edges, *(-edge for edge in edges if edge > 80), 9.01, -9.01, 17.32, -17.32, 0.625, 0.6249999])
    inputs = {
        'dense': (np.linspace(-20, 20, 641), 'plain'),
        'powers': (np.concatenate([-powers[::-1], powers]), 'large'),
        'edges': (edges, 'large'),
        'nonfinite': (np.array([np.inf, -np.inf, np.nan, 1.0, -1.0]), 'nonfinite'),
        'matrix': (np.linspace(-3, 3, 21).reshape(3, 7), 'plain'),
    }
    kinds = ('sigmoid', 'tanh', 'relu')
    return [function_golden(name, kind, x, values) for kind in kinds for name, (x, values) in inputs.items()]


class CharModel(torch.nn.Module):
    """Embedding, LSTM, Linear: tokens in, logits and state out."""

    def __init__(self, options: Dict[str, Any]) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(options['numEmbeddings'], options['embeddingDim'])
        layers, first = options['numLayers'], options['batchFirst']
        self.lstm = torch.nn.LSTM(options['embeddingDim'], options['hiddenSize'], layers, batch_first=first)
        self.linear = torch.nn.Linear(options['hiddenSize'], options['numEmbeddings'])

    def forward(self, tokens: torch.Tensor, state: Any) -> Any:
        output, last = self.lstm(self.embedding(tokens), state)
        return self.linear(output), last


def run_char_model(options: Dict[str, Any], sources: Arrays, dtype: torch.dtype) -> Arrays:
    given = tuple(torch.tensor(sources[f'state.{key}'], dtype=dtype) for key in 'hc' if f'state.{key}' in sources)
    with torch.no_grad():
        logits, (h, c) = loaded(CharModel(options), sources, dtype)(torch.tensor(sources['input']), given or None)
    return {'output': logits.numpy(), 'h': h.numpy(), 'c': c.numpy()}


def char_model_goldens() -> List[Golden]:
    """The character model on tokens [T, B], [B, T] and [T], from nothing and from a given state."""
    goldens = []
    sizes = [([12, 2], 24, False, False), ([3, 9], 13, True, True), ([40], 16, False, True)]
    for shape, hidden, first, with_state in sizes:
        options = {'numEmbeddings': 29, 'embeddingDim': 11, 'hiddenSize': hidden, 'numLayers': 2, 'batchFirst': first}
        name = f'charmodel-{"x".join(map(str, shape))}' + ('-bf' if first else '') + ('-state' if with_state else '')
        rng = generator_for(name)
        shapes = {key: list(tensor.shape) for key, tensor in CharModel(options).state_dict().items()}
        sources = draw_parameters(rng, shapes, 'plain')
        sources['input'] = rng.integers(0, 29, shape)
        batch = [] if len(shape) == 1 else [shape[0] if first else shape[1]]
        if with_state:
            sources.update({f'state.{key}': uniform(rng, [2, *batch, hidden], 1) for key in 'hc'})
        goldens.append(module_golden(name, 'CharModel', options, partial(run_char_model, options), sources))
    return goldens


def module_goldens() -> List[Golden]:
    return [
        *linear_goldens(),
        *embedding_goldens(),
        *softmax_goldens(),
        *activation_goldens(),
        *char_model_goldens(),
    ]
