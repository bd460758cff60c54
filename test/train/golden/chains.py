"""Chains of modules: gradients of Σ output ∘ a with respect to every weight, and to the input where it has any."""

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import torch

from draw import mulberry32, uniform
from layers import leaf, parameter_dims, run

STEPS, BATCH = 5, 3

LSTM = {'kind': 'LSTM', 'inputSize': 5, 'hiddenSize': 6, 'numLayers': 2, 'bias': True, 'batchFirst': False, 'bidirectional': True, 'projSize': 0}
GRU = {'kind': 'GRU', 'inputSize': 12, 'hiddenSize': 7, 'numLayers': 1, 'bias': True, 'batchFirst': False, 'bidirectional': True, 'resetAfter': True}

CHAINS = [
    [{'kind': 'Linear', 'inFeatures': 5, 'outFeatures': 9, 'bias': True}, {'kind': 'Sigmoid'}, {'kind': 'Linear', 'inFeatures': 9, 'outFeatures': 2, 'bias': False}],
    [{'kind': 'Linear', 'inFeatures': 5, 'outFeatures': 3, 'bias': True}, {'kind': 'Softmax'}],
    [LSTM, GRU, {'kind': 'Tanh'}, {'kind': 'Linear', 'inFeatures': 14, 'outFeatures': 7, 'bias': True}, {'kind': 'LogSoftmax'}],
    [{'kind': 'Embedding', 'numEmbeddings': 11, 'embeddingDim': 5}, LSTM, {'kind': 'ReLU'}, {'kind': 'Linear', 'inFeatures': 12, 'outFeatures': 11, 'bias': True}],
]


def chain_cases(seed: int) -> Iterator[Tuple[Dict[str, Any], Dict[str, np.ndarray]]]:
    for i, modules in enumerate(CHAINS):
        case = {'name': f'chain-{i}', 'modules': modules, 'seed': seed + 1000 + i, 'lead': [STEPS, BATCH]}
        yield case, gradients(case)


def dims_of(module: Dict[str, Any]) -> List[Tuple[str, List[int]]]:
    if module['kind'] == 'Linear':
        weight = [('weight', [module['outFeatures'], module['inFeatures']])]
        return weight + ([('bias', [module['outFeatures']])] if module['bias'] else [])
    if module['kind'] == 'Embedding':
        return [('weight', [module['numEmbeddings'], module['embeddingDim']])]
    return parameter_dims(module['kind'], module) if 'hiddenSize' in module else []


def apply(module: Dict[str, Any], weights: Dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    kind = module['kind']
    if kind == 'Linear':
        return torch.nn.functional.linear(x, weights['weight'], weights.get('bias'))
    if kind == 'Embedding':
        return weights['weight'][x]
    if 'hiddenSize' in module:
        leaves = {**weights, 'input': x}
        output = run(kind, module, leaves, None)[0]
        weights.update({name: leaves[name] for name in weights})
        return output
    return {'Tanh': torch.tanh, 'Sigmoid': torch.sigmoid, 'ReLU': torch.relu,
            'Softmax': lambda y: torch.softmax(y, -1), 'LogSoftmax': lambda y: torch.log_softmax(y, -1)}[kind](x)


def gradients(case: Dict[str, Any]) -> Dict[str, np.ndarray]:
    """Draws weights in order, then the input, then the loss's coefficients."""
    draw = mulberry32(case['seed'])
    modules = case['modules']
    leaves = {f'{i}.{name}': leaf(uniform(dims, draw)) for i, m in enumerate(modules) for name, dims in dims_of(m)}
    first = modules[0]
    if first['kind'] == 'Embedding':
        indices = [int(draw() * first['numEmbeddings']) for _ in range(STEPS * BATCH)]
        x = torch.tensor(indices).reshape(case['lead'])
    else:
        x = leaves['input'] = leaf(uniform([*case['lead'], first.get('inFeatures') or first['inputSize']], draw))
    for i, module in enumerate(modules):
        weights = {name[len(f'{i}.') :]: w for name, w in leaves.items() if name.startswith(f'{i}.')}
        x = apply(module, weights, x)
        leaves.update({f'{i}.{name}': w for name, w in weights.items()})
    (x * torch.tensor(uniform(list(x.shape), draw)).double()).sum().backward()
    return {name: value.grad.numpy() for name, value in leaves.items()}
