"""Writes fourier.json: windowed frames and their spectra by numpy.fft.rfft in float64 (/opt/venv/main/bin/python, NumPy 2.4.6)."""

import json
from pathlib import Path

import numpy as np

SIZES = [2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25, 27, 30, 32, 40, 45, 48, 60, 64, 75, 100, 125, 128, 160, 256, 400, 480]

draw = np.random.RandomState(20261130)
cases = []
for size in SIZES:
    frames = draw.standard_normal((int(draw.randint(1, 7)) if size < 100 else 1, size)).astype(np.float32)
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    spectra = np.fft.rfft(frames.astype(np.float64) * window.astype(np.float64), axis=1)
    rounded = [[[float(f'{z.real:.9g}'), float(f'{z.imag:.9g}')] for z in spectrum] for spectrum in spectra]
    cases.append({
        'size': size,
        'window': [float(f'{x:.9g}') for x in window],
        'frames': [[float(f'{x:.9g}') for x in frame] for frame in frames],
        'spectra': rounded,
    })
Path(__file__).with_name('fourier.json').write_text(json.dumps(cases, separators=(',', ':')) + '\n')
