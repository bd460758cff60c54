#!/usr/bin/python3
"""Writes losses.json and schedules.json beside this file: /usr/bin/python3 test/train/golden/losses_and_schedules.py

Losses: PyTorch's functions and autograd, in float64 from float32 numbers. Masked ones are PyTorch's elementwise losses,
weighted and averaged over the weights. Schedules: the learning rates of torch.optim.lr_scheduler, step after step.
"""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SEED = 20261124
HERE = Path(__file__).resolve().parent


def numbers(array):
    return [float(f'{value:.9g}') for value in np.asarray(array, dtype=np.float64).ravel()]


def draw(name, shape, scale=2.0):
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    return rng.normal(0, scale, shape).astype(np.float32)


def variance_of(raw, link):
    return {'softplus': F.softplus, 'exp': torch.exp, 'direct': lambda s: s}[link](raw)


def elementwise(kind, options, output, target):
    """The losses one by one, as PyTorch gives them with reduction='none'."""
    if kind == 'crossEntropy':
        flat = output.reshape(-1, output.shape[-1])
        losses = F.cross_entropy(flat, target.reshape(-1).long(), reduction='none',
                                 ignore_index=options.get('ignoreIndex', -100),
                                 label_smoothing=options.get('labelSmoothing', 0.0))
        return losses.reshape(target.shape)
    if kind == 'gaussianNLL':
        size = output.shape[-1] // 2
        variance = variance_of(output[..., size:], options.get('variance', 'softplus'))
        return F.gaussian_nll_loss(output[..., :size], target, variance, full=options.get('full', False),
                                   eps=options.get('eps', 1e-6), reduction='none')
    functions = {
        'mse': lambda: F.mse_loss(output, target, reduction='none'),
        'mae': lambda: F.l1_loss(output, target, reduction='none'),
        'huber': lambda: F.huber_loss(output, target, delta=options.get('delta', 1.0), reduction='none'),
        'smoothL1': lambda: F.smooth_l1_loss(output, target, beta=options.get('beta', 1.0), reduction='none'),
    }
    return functions[kind]()


def builtin_mean(kind, options, output, target):
    """PyTorch's own mean, to hold the weighted one to where there are no weights."""
    if kind == 'crossEntropy':
        return F.cross_entropy(output.reshape(-1, output.shape[-1]), target.reshape(-1).long(),
                               ignore_index=options.get('ignoreIndex', -100),
                               label_smoothing=options.get('labelSmoothing', 0.0))
    return elementwise(kind, options, output, target).mean()


def row_weights(mask, dims):
    if mask is None:
        return torch.ones(dims, dtype=torch.float64)
    weights = torch.tensor(mask['weights'], dtype=torch.float64).reshape(dims) if 'weights' in mask else torch.ones(dims, dtype=torch.float64)
    if 'lengths' in mask:
        first, second = dims
        for b, length in enumerate(mask['lengths']):
            if mask.get('batchFirst'):
                weights[b, length:] = 0
            else:
                weights[length:, b] = 0
    return weights


def loss_case(name, kind, options, dims, mask=None, target_scale=2.0, output=None, target=None):
    rows = dims[:-1]
    output = draw(name + ' output', dims) if output is None else np.asarray(output, dtype=np.float32).reshape(dims)
    if target is None:
        if kind == 'crossEntropy':
            rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), 1])
            target = rng.integers(0, dims[-1], rows).astype(np.float32)
            if 'ignoreIndex' in options or 'ignored' in name:
                target.ravel()[::3] = options.get('ignoreIndex', -100)
        else:
            width = dims[-1] // 2 if kind == 'gaussianNLL' else dims[-1]
            target = draw(name + ' target', (*rows, width), target_scale)
    target = np.asarray(target, dtype=np.float32)
    if options.get('variance') == 'direct':
        output[..., dims[-1] // 2:] = np.abs(output[..., dims[-1] // 2:])
        output[0, ..., -1] = 0  # below eps
    weights = row_weights(mask, rows)
    results = {}
    for reduction in ['mean', 'sum', 'none']:
        leaf = torch.tensor(output, dtype=torch.float64, requires_grad=True)
        losses = elementwise(kind, options, leaf, torch.tensor(target, dtype=torch.float64))
        if kind == 'crossEntropy':
            counted = weights * torch.tensor(target != options.get('ignoreIndex', -100))
            weighted, total = losses * counted, counted.sum()
        else:
            weighted, total = losses * weights.unsqueeze(-1), weights.sum() * losses.shape[-1]
        value = weighted.sum() / (total if reduction == 'mean' else 1)
        value.backward()
        results[reduction] = {'value': float(value), 'gradient': numbers(leaf.grad)}
        if reduction == 'none':
            results[reduction]['losses'] = numbers(weighted.detach())
        if reduction == 'mean' and mask is None:
            reference = builtin_mean(kind, options, leaf, torch.tensor(target, dtype=torch.float64))
            assert math.isclose(float(reference), float(value), rel_tol=1e-12), name
    call = {}
    if mask:
        call = {key: mask[key] for key in mask}
        if 'weights' in mask:
            call['weights'] = numbers(mask['weights'])
    return {'name': name, 'kind': kind, 'options': options, 'dims': list(dims), 'output': numbers(output),
            'targetDims': list(target.shape), 'target': numbers(target), 'call': call, 'expected': results}


def loss_cases():
    lengths = {'lengths': [3, 1]}
    weights = {'weights': np.abs(draw('weights', (4, 2)))}
    weights['weights'][1, 0] = 0
    both = {'lengths': [2, 4], 'weights': weights['weights']}
    first = {'lengths': [2, 4, 1], 'batchFirst': True}
    cases = [
        loss_case('cross entropy', 'crossEntropy', {}, (4, 2, 5)),
        loss_case('cross entropy of one row', 'crossEntropy', {}, (1, 7)),
        loss_case('cross entropy ignored', 'crossEntropy', {}, (4, 2, 5)),
        loss_case('cross entropy ignore index 0', 'crossEntropy', {'ignoreIndex': 0}, (4, 2, 3)),
        loss_case('cross entropy smoothed', 'crossEntropy', {'labelSmoothing': 0.1}, (4, 2, 5)),
        loss_case('cross entropy smoothed, ignored', 'crossEntropy', {'labelSmoothing': 0.3, 'ignoreIndex': 2}, (4, 2, 5)),
        loss_case('cross entropy smoothed to 1', 'crossEntropy', {'labelSmoothing': 1.0}, (3, 4)),
        loss_case('cross entropy by lengths', 'crossEntropy', {}, (4, 2, 5), lengths),
        loss_case('cross entropy by weights', 'crossEntropy', {'labelSmoothing': 0.1}, (4, 2, 5), weights),
        loss_case('cross entropy by both', 'crossEntropy', {'ignoreIndex': 0}, (4, 2, 5), both),
        loss_case('cross entropy of great logits', 'crossEntropy', {}, (2, 3), output=[1e4, -1e4, 0, 88, 89, 90], target=[1, 2]),
    ]
    for kind, options in [('mse', {}), ('mae', {}), ('huber', {}), ('huber', {'delta': 0.5}), ('smoothL1', {}),
                          ('smoothL1', {'beta': 0.25}), ('smoothL1', {'beta': 0.0})]:
        title = kind + ''.join(f' {value}' for value in options.values())
        cases.append(loss_case(title, kind, options, (4, 2, 3)))
        cases.append(loss_case(f'{title} by lengths', kind, options, (4, 2, 3), lengths))
        cases.append(loss_case(f'{title} by weights', kind, options, (4, 2, 3), weights))
        cases.append(loss_case(f'{title} by lengths, batch first', kind, options, (3, 4, 2), first))
    for options in [{}, {'full': True}, {'variance': 'exp'}, {'variance': 'direct'}, {'eps': 0.5},
                    {'variance': 'exp', 'eps': 1.0, 'full': True}]:
        title = 'gaussian ' + ' '.join(f'{key} {value}' for key, value in options.items())
        cases.append(loss_case(title, 'gaussianNLL', options, (4, 2, 4)))
        cases.append(loss_case(f'{title} by both', 'gaussianNLL', options, (4, 2, 2), both))
    cases.append(loss_case('gaussian far out', 'gaussianNLL', {}, (2, 2), output=[0, 50, 0, -50], target=[[1], [1e-4]]))
    cases.append(loss_case('mae at 0', 'mae', {}, (2, 2), output=[1, 2, 3, 4], target=[[1, 2], [3, 5]]))
    return cases


def rates(make, count, each='step'):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    scheduler = make(optimizer)
    result = []
    for _ in range(count):
        result.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step()
    return result


def plateau(options, losses):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    result = []
    for loss in losses:
        result.append(optimizer.param_groups[0]['lr'])
        scheduler.step(loss)
    return result


def schedule_cases():
    s = torch.optim.lr_scheduler
    rng = np.random.default_rng(SEED)
    losses = [float(f'{3 / (1 + k / 4) + rng.normal(0, 0.3):.6f}') for k in range(60)]
    cases = [
        ('stepLR', {'stepSize': 3}, rates(lambda o: s.StepLR(o, 3), 12)),
        ('stepLR', {'stepSize': 4, 'gamma': 0.7, 'each': 'step'}, rates(lambda o: s.StepLR(o, 4, 0.7), 20)),
        ('exponentialLR', {'gamma': 0.9}, rates(lambda o: s.ExponentialLR(o, 0.9), 20)),
        ('cosineAnnealingLR', {'tMax': 10}, rates(lambda o: s.CosineAnnealingLR(o, 10), 31)),
        ('cosineAnnealingLR', {'tMax': 7, 'etaMin': 0.01}, rates(lambda o: s.CosineAnnealingLR(o, 7, 0.01), 31)),
        ('linearLR', {}, rates(lambda o: s.LinearLR(o), 9)),
        ('linearLR', {'startFactor': 0.01, 'endFactor': 0.5, 'totalIters': 8}, rates(lambda o: s.LinearLR(o, 0.01, 0.5, 8), 12)),
        ('oneCycleLR', {'maxLR': 0.1, 'totalSteps': 20}, rates(lambda o: s.OneCycleLR(o, 0.1, 20, cycle_momentum=False), 19)),
        ('oneCycleLR', {'maxLR': 0.3, 'totalSteps': 33, 'pctStart': 0.4, 'annealStrategy': 'linear', 'divFactor': 10, 'finalDivFactor': 100},
         rates(lambda o: s.OneCycleLR(o, 0.3, 33, pct_start=0.4, anneal_strategy='linear', div_factor=10, final_div_factor=100, cycle_momentum=False), 32)),
    ]
    cases = [{'name': name, 'options': options, 'rates': values} for name, options, values in cases]
    for options, torch_options in [({'patience': 2}, {'patience': 2}),
                                   ({'factor': 0.5, 'patience': 1, 'cooldown': 3, 'threshold': 0.01, 'minLR': 0.02},
                                    {'factor': 0.5, 'patience': 1, 'cooldown': 3, 'threshold': 0.01, 'min_lr': 0.02})]:
        cases.append({'name': 'reduceLROnPlateau', 'options': options, 'losses': losses, 'rates': plateau(torch_options, losses)})
    return cases


def write(name, cases):
    lines = ',\n'.join(json.dumps(case, allow_nan=False) for case in cases)
    (HERE / name).write_text(f'{{"seed": {SEED}, "torch": "{torch.__version__}", "base": 0.5, "cases": [\n{lines}\n]}}\n')
    print(len(cases), name)


write('losses.json', loss_cases())
write('schedules.json', schedule_cases())
