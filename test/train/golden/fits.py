"""`fit` itself: its windows and lanes, in their order, through PyTorch's float32, fifty steps and more each.

What the two sides agree on is in the documentation: windows every `stride` rows, B contiguous lanes read T rows at a time,
the state carried and cut between their batches, and Fisher and Yates's shuffle of the windows, seeded anew in each epoch.
"""

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import torch
import torch.nn.functional as F

from draw import MASK, Random, mulberry32, uniform

ROWS, FEATURES, TOKENS, EPOCHS = 620, 2, 7, 5

FITS = [
    # Truncated backpropagation through time, two layers.
    {'kind': 'LSTM', 'layer': {'hiddenSize': 12, 'numLayers': 2}, 'loss': 'mse', 'clipNorm': 0.2,
     'batches': {'kind': 'lanes', 'steps': 12, 'batch': 4}, 'optimizer': 'SGD', 'options': {'learningRate': 0.2, 'momentum': 0.9},
     'schedule': {'name': 'cosineAnnealingLR', 'options': {'tMax': 50, 'etaMin': 0.01}}},
    # Windows that overlap, in time order, the last batch smaller, a mean and a variance.
    {'kind': 'GRU', 'layer': {'hiddenSize': 9}, 'loss': 'gaussianNLL', 'clipNorm': 0.5,
     'batches': {'kind': 'windows', 'steps': 15, 'batch': 6, 'stride': 8, 'horizon': 2}, 'optimizer': 'Adam',
     'options': {'learningRate': 0.02}, 'schedule': {'name': 'stepLR', 'options': {'stepSize': 2, 'gamma': 0.5}}},
    # Tokens in a shuffled order.
    {'kind': 'LSTM', 'layer': {'hiddenSize': 10, 'projSize': 5}, 'loss': 'crossEntropy', 'clipNorm': 1, 'clipValue': 0.02,
     'batches': {'kind': 'windows', 'steps': 10, 'batch': 5, 'shuffle': 77}, 'optimizer': 'AdamW',
     'options': {'learningRate': 0.01, 'weightDecay': 0.1}, 'schedule': {'name': 'oneCycleLR', 'options': {'maxLR': 0.05, 'totalSteps': 50}}},
    # A rate that follows the validation loss, itself with carried state.
    {'kind': 'RNN', 'layer': {'hiddenSize': 8, 'nonlinearity': 'tanh'}, 'loss': 'huber', 'clipNorm': 0.1,
     'batches': {'kind': 'lanes', 'steps': 9, 'batch': 5, 'horizon': 1}, 'optimizer': 'SGD',
     'options': {'learningRate': 0.2, 'momentum': 0.8, 'nesterov': True},
     'schedule': {'name': 'reduceLROnPlateau', 'options': {'factor': 0.5, 'patience': 0, 'threshold': 0.4}}},
]

NAMES = {'learningRate': 'lr', 'weightDecay': 'weight_decay'}


def fit_cases(seed: int) -> Iterator[Tuple[Dict[str, Any], Dict[str, np.ndarray]]]:
    for i, each in enumerate(FITS):
        case = {'name': f"fit-{each['kind'].lower()}-{each['optimizer'].lower()}", **each, 'seed': seed + 3000 + i,
                'rows': ROWS, 'features': FEATURES, 'tokens': TOKENS, 'epochs': EPOCHS, 'validationFraction': 0.2}
        yield case, train(case)


def series(case: Dict[str, Any], draw: Random) -> np.ndarray:
    """Numbers that lean on those before them, or tokens that mostly count up."""
    if case['loss'] == 'crossEntropy':
        tokens = [0]
        for _ in range(ROWS - 1):
            tokens.append((tokens[-1] + (1 if draw() < 0.7 else 3)) % TOKENS)
        return np.array(tokens)
    values = np.zeros((ROWS, FEATURES))
    for t in range(1, ROWS):
        for i in range(FEATURES):
            values[t, i] = 0.625 * values[t - 1, i] - 0.25 * values[t - 1, 1 - i] + 0.75 * (2 * draw() - 1)
    return values.astype(np.float32)


def order(number: int, batches: Dict[str, Any], epoch: int) -> List[int]:
    found = list(range(number))
    if 'shuffle' in batches:
        draw = mulberry32(batches['shuffle'] + (epoch * 0x9E3779B1 & MASK))
        for i in range(number - 1, 0, -1):
            j = int(draw() * (i + 1))
            found[i], found[j] = found[j], found[i]
    return found


def batches_of(rows: np.ndarray, batches: Dict[str, Any], epoch: int) -> List[Tuple[torch.Tensor, torch.Tensor]]:
    """Inputs and targets [T, B, …] of an epoch."""
    steps, size, horizon = batches['steps'], batches['batch'], batches.get('horizon', 1)
    cut = lambda starts: torch.tensor(np.stack([rows[s : s + steps] for s in starts], 1))  # noqa: E731
    if batches['kind'] == 'lanes':
        count = (len(rows) - horizon) // size // steps
        starts = [[b * count * steps + k * steps for b in range(size)] for k in range(count)]
    else:
        stride = batches.get('stride', steps)
        first = [k * stride for k in order((len(rows) - steps - horizon) // stride + 1, batches, epoch)]
        starts = [first[k : k + size] for k in range(0, len(first), size)]
    return [(cut(each), cut([s + horizon for s in each])) for each in starts]


def loss_of(kind: str, output: torch.Tensor, target: torch.Tensor, reduction: str) -> torch.Tensor:
    if kind == 'crossEntropy':
        return F.cross_entropy(output.flatten(0, 1), target.flatten(), reduction=reduction)
    if kind == 'gaussianNLL':
        mean, raw = output.chunk(2, -1)
        return F.gaussian_nll_loss(mean, target, F.softplus(raw), reduction=reduction)
    return {'mse': F.mse_loss, 'huber': F.huber_loss}[kind](output, target, reduction=reduction)


class Model(torch.nn.Module):
    def __init__(self, case: Dict[str, Any]):
        super().__init__()
        symbols = case['loss'] == 'crossEntropy'
        layer = case['layer']
        extra = {key: layer[key] for key in ['nonlinearity'] if key in layer}
        if layer.get('projSize'):
            extra['proj_size'] = layer['projSize']
        inputs = 4 if symbols else FEATURES
        outputs = {'crossEntropy': TOKENS, 'gaussianNLL': 2 * FEATURES}.get(case['loss'], FEATURES)
        self.embedding = torch.nn.Embedding(TOKENS, inputs) if symbols else None
        self.layer = getattr(torch.nn, case['kind'])(inputs, layer['hiddenSize'], layer.get('numLayers', 1), **extra)
        self.head = torch.nn.Linear(layer.get('projSize') or layer['hiddenSize'], outputs)

    def forward(self, x: torch.Tensor, state):
        output, state = self.layer(self.embedding(x) if self.embedding else x, state)
        return self.head(output), state


def detached(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def scheduler(optimizer, case: Dict[str, Any]):
    """The scheduler, and whether it moves on each step."""
    name, options = case['schedule']['name'], case['schedule']['options']
    schedules = torch.optim.lr_scheduler
    if name == 'cosineAnnealingLR':
        return schedules.CosineAnnealingLR(optimizer, options['tMax'], options['etaMin']), True
    if name == 'oneCycleLR':
        return schedules.OneCycleLR(optimizer, options['maxLR'], options['totalSteps'], cycle_momentum=False), True
    if name == 'stepLR':
        return schedules.StepLR(optimizer, options['stepSize'], options['gamma']), False
    return schedules.ReduceLROnPlateau(optimizer, **options), False


def evaluate(model: Model, case: Dict[str, Any], rows: np.ndarray) -> float:
    """The mean over all numbers, the state carried through lanes."""
    total, count, state = 0.0, 0, None
    with torch.no_grad():
        for x, y in batches_of(rows, {**case['batches'], 'shuffle': 0}, 0):
            output, after = model(x, state)
            state = after if case['batches']['kind'] == 'lanes' else None
            total += float(loss_of(case['loss'], output, y, 'sum'))
            count += y.numel()
    return total / count


def train(case: Dict[str, Any]) -> Dict[str, np.ndarray]:
    """Draws the series, then the weights in order. The weights it ends with are those of the best epoch."""
    draw = mulberry32(case['seed'])
    rows = series(case, draw)
    split = ROWS - int(ROWS * case['validationFraction'])
    model = Model(case)
    parameters = list(model.parameters())
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(torch.tensor(uniform(list(parameter.shape), draw, 0.25)))
    options = {NAMES.get(name, name): value for name, value in case['options'].items()}
    optimizer = getattr(torch.optim, case['optimizer'])(parameters, **options)
    schedule, each_step = scheduler(optimizer, case)
    found: Dict[str, List[float]] = {name: [] for name in ['losses', 'norms', 'rates', 'epochs', 'validation']}
    kept: List[torch.Tensor] = []
    for epoch in range(EPOCHS):
        state, total, count = None, 0.0, 0
        for x, y in batches_of(rows[:split], case['batches'], epoch):
            output, after = model(x, state)
            state = detached(after) if case['batches']['kind'] == 'lanes' else None
            loss = loss_of(case['loss'], output, y, 'mean')
            optimizer.zero_grad()
            loss.backward()
            found['norms'].append(float(torch.nn.utils.clip_grad_norm_(parameters, case['clipNorm'])))
            if 'clipValue' in case:
                torch.nn.utils.clip_grad_value_(parameters, case['clipValue'])
            found['rates'].append(optimizer.param_groups[0]['lr'])
            found['losses'].append(float(loss))
            optimizer.step()
            if each_step:
                schedule.step()
            total, count = total + float(loss) * y.numel(), count + y.numel()
        found['epochs'].append(total / count)
        found['validation'].append(evaluate(model, case, rows[split:]))
        if found['validation'][-1] == min(found['validation']):
            kept = [parameter.detach().clone().reshape(-1) for parameter in parameters]
        if not each_step:
            schedule.step(*([found['validation'][-1]] if case['schedule']['name'] == 'reduceLROnPlateau' else []))
    return {**{name: np.array(values) for name, values in found.items()}, 'final': torch.cat(kept).numpy()}
