"""Safetensors by hand: u64 header length, JSON header padded with spaces to 8 bytes, then the data, all F32."""

import json
import struct
from pathlib import Path
from typing import Dict

import numpy as np


def write_tensors(path: Path, tensors: Dict[str, np.ndarray]) -> None:
    """Rounds every array to float32 once and writes them in order."""
    header = {}
    parts = []
    offset = 0
    for name, array in tensors.items():
        data = np.ascontiguousarray(array, dtype='<f4').tobytes()
        header[name] = {'dtype': 'F32', 'shape': list(array.shape), 'data_offsets': [offset, offset + len(data)]}
        offset += len(data)
        parts.append(data)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    path.write_bytes(struct.pack('<Q', len(text)) + text + b''.join(parts))
