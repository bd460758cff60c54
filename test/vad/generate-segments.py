#!/usr/bin/python3
"""Writes segments.json: speech segments as silero-vad's own get_speech_timestamps finds them in drawn probabilities.

    /usr/bin/python3 test/vad/generate-segments.py UTILS_VAD

UTILS_VAD is src/silero_vad/utils_vad.py of github.com/snakers4/silero-vad, commit 0a7d1f6. Only that function runs; the
model is a stand-in that reads out the drawn probabilities, so torchaudio is not needed.
"""

import importlib.util
import json
import random
import sys
import types
from pathlib import Path
from typing import Any, Dict, List

import torch

SEED = 20261124
WINDOW = 512


def load(path: str) -> Any:
    sys.modules.setdefault('torchaudio', types.ModuleType('torchaudio'))
    spec = importlib.util.spec_from_file_location('utils_vad', path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_speech_timestamps


class Recorded:
    """A model that answers with given probabilities, one a call."""

    def __init__(self, probabilities: List[float]) -> None:
        self.probabilities = probabilities

    def reset_states(self) -> None:
        self.at = 0

    def __call__(self, _chunk: torch.Tensor, _rate: int) -> torch.Tensor:
        self.at += 1
        return torch.tensor(self.probabilities[self.at - 1], dtype=torch.float64)


def draw(rng: random.Random, count: int) -> List[float]:
    """A walk between silence and speech that lingers near the thresholds."""
    level, target, out = 0.1, 0.9, []
    for _ in range(count):
        if rng.random() < 0.12:
            target = rng.choice([0.02, 0.1, 0.3, 0.38, 0.45, 0.55, 0.8, 0.97])
        level += (target - level) * rng.choice([0.2, 0.5, 1.0]) + rng.uniform(-0.05, 0.05)
        out.append(round(min(1.0, max(0.0, level)), 3))
    return out


def main() -> None:
    find, rng, cases = load(sys.argv[1]), random.Random(SEED), []
    settings: List[Dict[str, float]] = [
        {},
        {'threshold': 0.3},
        {'threshold': 0.85, 'min_speech_duration_ms': 0},
        {'min_silence_duration_ms': 0, 'min_speech_duration_ms': 64},
        {'min_silence_duration_ms': 700, 'speech_pad_ms': 0},
        {'speech_pad_ms': 400},
        {'neg_threshold': 0.05},
        {'threshold': 0.1},
    ]
    for setting in settings:
        for count in (1, 7, 60, 200):
            probabilities = draw(rng, count)
            samples = count * WINDOW - rng.choice([0, 0, 1, 300])
            found = find(torch.zeros(samples), Recorded(probabilities), **setting)
            segments = [[each['start'], each['end']] for each in found]
            cases.append({'setting': setting, 'samples': samples, 'probabilities': probabilities, 'segments': segments})
    path = Path(__file__).with_name('segments.json')
    path.write_text(''.join(['[\n', ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases), '\n]\n']))
    print(f'{len(cases)} cases, {sum(len(case["segments"]) for case in cases)} segments')


main()
