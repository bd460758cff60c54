"""PyTorch's training step of a character model, one thread: see characters.js."""

import sys
from pathlib import Path

import numpy as np
import torch
from answer import answer

torch.set_num_threads(1)
folder = Path(sys.argv[1])
symbols, width, hidden, steps, batch = map(int, sys.argv[3:])


def read(name, dims, dtype='<f4'):
    return torch.from_numpy(np.fromfile(folder / f'{name}.f32', dtype=dtype).reshape(dims))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(symbols, width)
        self.lstm = torch.nn.LSTM(width, hidden)
        self.linear = torch.nn.Linear(hidden, symbols)

    def forward(self, x):
        return self.linear(self.lstm(self.embedding(x))[0])


model = Model()
NAMES = ['embedding', 'lstm', 'linear']
model.load_state_dict(
    {
        name: read(f'{NAMES.index(name.split(".")[0])}.{name.split(".")[1]}', tensor.shape)
        for name, tensor in model.state_dict().items()
    }
)
adam = torch.optim.Adam(model.parameters(), lr=0.001)
x = read('input', (steps, batch)).long()
target = read('target', (steps * batch,)).long()


def step():
    loss = torch.nn.functional.cross_entropy(model(x).view(-1, symbols), target)
    adam.zero_grad()
    loss.backward()
    adam.step()
    return loss.item()


answer(step)
