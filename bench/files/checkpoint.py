"""Writes a checkpoint of 100 MB: python bench/files/checkpoint.py FILE      (torch 2.13.0)"""

import sys

import torch

torch.manual_seed(1)
# 25 matrices of a million elements, and a bias to each, beside an epoch.
weights = {f'layers.{i}.{name}': torch.randn(*dims) for i in range(25) for name, dims in (('weight', (1024, 1024)), ('bias', (1024,)))}
torch.save({'epoch': 3, 'state_dict': weights}, sys.argv[1])
