"""Whole training runs in PyTorch's float32: the loss before each of fifty steps, and the norm that clipping saw."""

from typing import Any, Dict, Iterator, Tuple

import numpy as np
import torch

from draw import mulberry32, uniform

STEPS, BATCH, FEATURES, HIDDEN, CLASSES, UPDATES = 12, 6, 5, 16, 4, 50

RUNS = [
    {'optimizer': 'SGD', 'options': {'learningRate': 0.5}},
    {'optimizer': 'SGD', 'options': {'learningRate': 0.1, 'momentum': 0.9, 'nesterov': True, 'weightDecay': 0.001}},
    {'optimizer': 'SGD', 'options': {'learningRate': 0.1, 'momentum': 0.9, 'dampening': 0.1}},
    {'optimizer': 'Adam', 'options': {'learningRate': 0.01}, 'clip': 0.1},
    {'optimizer': 'Adam', 'options': {'learningRate': 0.01, 'betas': [0.8, 0.99], 'epsilon': 1e-6, 'weightDecay': 0.01}},
    {'optimizer': 'AdamW', 'options': {'learningRate': 0.01, 'weightDecay': 0.1}},
]

NAMES = {'learningRate': 'lr', 'weightDecay': 'weight_decay', 'epsilon': 'eps'}


def run_cases(seed: int) -> Iterator[Tuple[Dict[str, Any], Dict[str, np.ndarray]]]:
    for i, run in enumerate(RUNS):
        for kind in ['LSTM', 'GRU']:
            case = {'name': f"run-{kind.lower()}-{run['optimizer'].lower()}-{i}", 'kind': kind, **run, 'seed': seed + 2000 + i}
            case.update({'steps': STEPS, 'batch': BATCH, 'features': FEATURES, 'hidden': HIDDEN, 'classes': CLASSES})
            yield case, train(case)


def train(case: Dict[str, Any]) -> Dict[str, np.ndarray]:
    """Draws weights in order, then before each step an input and a class for each of its rows."""
    draw = mulberry32(case['seed'])
    layer = getattr(torch.nn, case['kind'])(FEATURES, HIDDEN)
    head = torch.nn.Linear(HIDDEN, CLASSES)
    parameters = [*layer.parameters(), *head.parameters()]
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(torch.tensor(uniform(list(parameter.shape), draw, 0.25)))
    options = {NAMES.get(name, name): value for name, value in case['options'].items()}
    optimizer = getattr(torch.optim, case['optimizer'])(parameters, **options)
    losses, norms = [], []
    for _ in range(UPDATES):
        x = torch.tensor(uniform([STEPS, BATCH, FEATURES], draw))
        # A rule to learn: the class is the quadrant of two features of the step before.
        before = torch.cat([x[:1], x[:-1]])
        target = (before[..., 0] > 0).long() * 2 + (before[..., 1] > 0).long()
        loss = torch.nn.functional.cross_entropy(head(layer(x)[0]).reshape(-1, CLASSES), target.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, case.get('clip', 1e9))))
        optimizer.step()
        losses.append(float(loss))
    final = torch.cat([parameter.detach().reshape(-1) for parameter in parameters]).numpy()
    return {'losses': np.array(losses), 'norms': np.array(norms), 'final': final}
