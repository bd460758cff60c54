"""An LSTM and a Linear of PyTorch as files of weights, and what they compute in float64.

    python test/cli/state-dict.py        (torch 2.13.0, numpy, h5py 3.14.0)
"""

import base64
import io
import json
import os

import h5py
import numpy as np
import torch

torch.manual_seed(14)
STEPS = 6
rec, head = torch.nn.LSTM(3, 4), torch.nn.Linear(4, 2)
both = torch.nn.LSTM(3, 4, bidirectional=True)
weights = {f'{name}.{key}': value for name, module in (('rec', rec), ('head', head), ('both', both)) for key, value in module.state_dict().items()}
x = torch.randn(STEPS, 3)

checkpoint, archive, script, groups = io.BytesIO(), io.BytesIO(), io.BytesIO(), io.BytesIO()
torch.save({'epoch': 7, 'model': weights}, checkpoint)
np.savez(archive, **{name: value.numpy() for name, value in weights.items()})
torch.jit.save(torch.jit.script(torch.nn.ModuleDict({'rec': rec, 'head': head, 'both': both})), script)
with h5py.File(groups, 'w') as opened:
    for name, value in weights.items():
        opened[name] = value.numpy()
with torch.no_grad():
    outputs = head.double()(rec.double()(x.double())[0])
    two_ways = both.double()(x.double())[0]

text = {
    'torch': torch.__version__,
    'files': {name: base64.b64encode(file.getvalue()).decode() for name, file in (('pt', checkpoint), ('npz', archive), ('torchscript', script), ('h5', groups))},
    'weights': {name: {'dims': list(value.shape), 'data': value.flatten().tolist()} for name, value in weights.items()},
    'input': x.tolist(),
    'output': outputs.tolist(),
    'both': two_ways.tolist(),
}
with open(os.path.join(os.path.dirname(__file__), 'state-dict.json'), 'w', encoding='utf-8') as file:
    json.dump(text, file, separators=(',', ':'))
    file.write('\n')
