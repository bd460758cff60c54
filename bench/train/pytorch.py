"""PyTorch's training step, one thread: see run.js."""

import sys
from pathlib import Path

import numpy as np
import torch
from answer import answer

torch.set_num_threads(1)
folder = Path(sys.argv[1])
size, steps, batch = map(int, sys.argv[3:])


def read(name, dims):
    return torch.from_numpy(np.fromfile(folder / f'{name}.f32', dtype='<f4').reshape(dims))


lstm = torch.nn.LSTM(size, size)
lstm.load_state_dict({name: read(name, tensor.shape) for name, tensor in lstm.state_dict().items()})
adam = torch.optim.Adam(lstm.parameters(), lr=0.001)
x = read('input', (steps, batch, size))
target = read('target', (steps, batch, size))


def step():
    loss = torch.nn.functional.mse_loss(lstm(x)[0], target)
    adam.zero_grad()
    loss.backward()
    adam.step()
    return loss.item()


answer(step)
