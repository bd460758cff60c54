"""Vectors for test/keyed/vectors.test.ts: partitions of keys, computed apart from our code, and NumPy's float16. Writes vectors.json.

    python test/keyed/vectors.py
"""
import json
from pathlib import Path

import numpy as np


def partition(key: str, partitions: int) -> int:
    """FNV-1a of the UTF-8 bytes, the finalizer of MurmurHash3, modulo the partitions."""
    h = 0x811C9DC5
    for byte in key.encode():
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return (h ^ h >> 16) % partitions


keys = ["", "a", "pump-7", "κλειδί", "鍵", "🔑", "x" * 300]
partitions = [[key, n, partition(key, n)] for key in keys for n in (1, 3, 16, 4096)]

rng = np.random.default_rng(0)
halves = np.arange(0, 0x7C00, 37, dtype=np.uint16).view(np.float16).astype(np.float32)
middles = ((halves[:-1].astype(np.float64) + halves[1:]) / 2).astype(np.float32)
edges = np.array([65504, 65519.996, 65520, 1e9, np.inf, 2**-24, 2**-25, 2**-25 * 1.0001, 3 * 2**-25, 2**-14, 1e-30, 0, -0.0], dtype=np.float32)
values = np.concatenate([halves[::40], middles[::40], edges, -edges, rng.standard_normal(40).astype(np.float32)])
with np.errstate(over="ignore"):
    narrowed = values.astype(np.float16).view(np.uint16)
floats = [[int(bits), int(half)] for bits, half in zip(values.view(np.uint32), narrowed)]
Path(__file__).with_name("vectors.json").write_text(json.dumps({"partitions": partitions, "floats": floats}) + "\n")
