"""Writes spectra.json: short-time Fourier transforms and their inverses by PyTorch in float64, mel spectra and cepstra by librosa
and by torchaudio in float64.

    pip install --no-deps --target /tmp/torchaudio torchaudio==2.11.1
    PYTHONPATH=/tmp/torchaudio /opt/venv/main/bin/python test/audio/generate-spectra.py

Needs torch 2.13.0, librosa 0.11.0, SciPy 1.17.1 and torchaudio 2.11.1; of the last one its Python code alone, so that it need not
match torch: its compiled extension, which these transforms do not use, is left out.
"""

import base64
import json
import sys
import types
from pathlib import Path

import librosa
import numpy as np
import scipy.signal
import torch

stub = types.ModuleType('torchaudio._extension')
for name in ('_IS_TORCHAUDIO_EXT_AVAILABLE', '_IS_RIR_AVAILABLE', '_IS_ALIGN_AVAILABLE'):
    setattr(stub, name, False)
stub.fail_if_no_align = stub.fail_if_no_rir = lambda function: function
stub._check_cuda_version = stub.lazy_import_sox_ext = lambda: None
sys.modules['torchaudio._extension'] = stub
sys.modules['torchaudio._extension.utils'] = types.ModuleType('utils')
import torchaudio  # noqa: E402

torch.set_default_dtype(torch.float64)


def signal(count: int) -> np.ndarray:
    """Noise of the generator x ← 1664525 x + 1013904223 mod 2³², as the test makes it."""
    out, x = np.empty(count, np.float32), 1
    for n in range(count):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        out[n] = np.float32(x / 2**32 - 0.5)
    return out


def f32(values) -> str:
    return base64.b64encode(np.ascontiguousarray(np.asarray(values), '<f4').tobytes()).decode()


WINDOWS = {
    'hann': torch.hann_window,
    'hamming': torch.hamming_window,
    'blackman': torch.blackman_window,
    'bartlett': torch.bartlett_window,
    'kaiser': torch.kaiser_window,
    'rectangular': lambda size, periodic=True: torch.ones(size),
}

STFTS = [
    {'nFft': 16},
    {'nFft': 16, 'hopLength': 5, 'window': 'hamming'},
    {'nFft': 24, 'hopLength': 6, 'window': 'blackman', 'normalized': True},
    {'nFft': 20, 'hopLength': 7, 'window': 'bartlett', 'center': False},
    {'nFft': 15, 'hopLength': 4, 'window': 'kaiser'},
    {'nFft': 15, 'hopLength': 4, 'window': 'kaiser', 'onesided': False},
    {'nFft': 32, 'winLength': 20, 'hopLength': 8, 'window': 'hann'},
    {'nFft': 32, 'winLength': 21, 'hopLength': 8, 'window': 'hann', 'padMode': 'constant'},
    {'nFft': 32, 'winLength': 20, 'hopLength': 8, 'window': 'hamming', 'padMode': 'replicate', 'onesided': False},
    {'nFft': 48, 'hopLength': 40, 'window': 'rectangular', 'center': False},
    {'nFft': 48, 'hopLength': 40, 'window': 'hamming'},
    {'nFft': 40, 'hopLength': 55, 'window': 'rectangular', 'center': False},
    {'nFft': 30, 'hopLength': 1, 'window': 'hann'},
    {'nFft': 100, 'hopLength': 25, 'window': 'hann', 'normalized': True, 'center': False},
    {'nFft': 128, 'hopLength': 32, 'window': 'hann'},
    {'nFft': 400, 'hopLength': 160, 'window': 'hann'},
    {'nFft': 512, 'hopLength': 128, 'window': 'hann'},
    {'nFft': 960, 'hopLength': 480, 'window': 'hamming'},
]


def amplification(window, n_fft: int, hop: int, center: bool, frames: int, samples: int) -> float:
    """By how much the least reached sample of a signal multiplies an error of its frames: Σ w / Σ w²."""
    whole = torch.nn.functional.pad(window, ((n_fft - len(window)) // 2, (n_fft - len(window) + 1) // 2))
    sums = torch.zeros(2, n_fft + hop * (frames - 1))
    for t in range(frames):
        sums[0, t * hop : t * hop + n_fft] += whole
        sums[1, t * hop : t * hop + n_fft] += whole**2
    start = n_fft // 2 if center else 0
    return max(1.0, float((sums[0] / sums[1])[start : start + samples].max()))


def stft_case(options) -> dict:
    n_fft = options['nFft']
    hop = options.get('hopLength', n_fft // 4)
    win = options.get('winLength', n_fft)
    # Our windows are float32.
    window = WINDOWS[options.get('window', 'hann')](win).float().double()
    center, onesided = options.get('center', True), options.get('onesided', True)
    normalized = options.get('normalized', False)
    samples = n_fft * (3 if n_fft < 120 else 1) + 17
    x = torch.from_numpy(signal(samples)).double()
    spectrum = torch.stft(
        x, n_fft, hop, win, window, center, options.get('padMode', 'reflect'), normalized, onesided, return_complex=True
    )
    case = {'options': options, 'samples': samples, 'dims': [*spectrum.shape, 2], 'spectrum': f32(torch.view_as_real(spectrum))}
    # Not the spectrum of any signal: the frames contradict each other where they overlap.
    bent = torch.view_as_real(spectrum).float().double() * torch.linspace(0.5, 1.5, spectrum.shape[1])[None, :, None]
    bent = torch.view_as_complex(bent)
    inverses = {}
    for key, length in (('whole', None), ('cut', samples - 5), ('long', samples + 9)):
        try:
            y = torch.istft(bent, n_fft, hop, win, window, center, normalized, onesided, length)
            inverses[key] = {'length': length, 'samples': f32(y), 'amplifies': amplification(window, n_fft, hop, center, bent.shape[1], len(y))}
        except RuntimeError as error:
            assert 'window overlap add min' in str(error) or 'hop_length <= win_length' in str(error), error
    case['inverses'] = inverses
    return case


LIBROSA = [
    {'sampleRate': 16000, 'nFft': 400, 'hopLength': 160, 'nMels': 40, 'padMode': 'constant'},
    {'sampleRate': 22050, 'nFft': 512, 'nMels': 64, 'fMin': 50, 'fMax': 8000, 'melScale': 'htk', 'padMode': 'constant'},
    {'sampleRate': 8000, 'nFft': 256, 'hopLength': 80, 'nMels': 23, 'norm': None, 'power': 1, 'window': 'hamming', 'padMode': 'constant'},
    {'sampleRate': 16000, 'nFft': 512, 'winLength': 400, 'hopLength': 160, 'nMels': 20, 'center': False, 'padMode': 'constant'},
]
TORCHAUDIO = [
    {'sampleRate': 16000, 'nFft': 400, 'hopLength': 200, 'nMels': 40, 'melScale': 'htk', 'norm': None},
    {'sampleRate': 16000, 'nFft': 512, 'winLength': 400, 'hopLength': 160, 'nMels': 23, 'fMin': 20, 'fMax': 7600, 'norm': 'slaney', 'melScale': 'slaney'},
    {'sampleRate': 48000, 'nFft': 960, 'hopLength': 480, 'nMels': 32, 'melScale': 'htk', 'norm': None, 'power': 1, 'normalized': 'window'},
]
SAMPLES = 3000


def cepstra(options) -> list:
    return [
        {'nMfcc': 13},
        {'nMfcc': options['nMels'], 'topDb': None},
        {'nMfcc': 13, 'topDb': 20},
    ]


def librosa_case(options) -> dict:
    y = signal(SAMPLES).astype(np.float64)
    rate, n_fft = options['sampleRate'], options['nFft']
    common = dict(
        sr=rate, n_fft=n_fft, hop_length=options.get('hopLength', n_fft // 4), win_length=options.get('winLength'),
        window=options.get('window', 'hann'), center=options.get('center', True), pad_mode='constant',
        power=options.get('power', 2.0), n_mels=options['nMels'], fmin=options.get('fMin', 0), fmax=options.get('fMax'),
        htk=options.get('melScale') == 'htk', norm=options.get('norm', 'slaney'), dtype=np.float64,
    )
    mel = librosa.feature.melspectrogram(y=y, **common)
    filters = librosa.filters.mel(**{k: common[k] for k in ('sr', 'n_fft', 'n_mels', 'fmin', 'fmax', 'htk', 'norm', 'dtype')})
    decibels = librosa.power_to_db(mel, ref=2.0, top_db=30)
    amplitudes = librosa.amplitude_to_db(mel, top_db=None)
    mfccs = []
    for given in [*cepstra(options), {'nMfcc': 13, 'lifter': 22}]:
        log = librosa.power_to_db(mel, top_db=given.get('topDb', 80))
        coefficients = librosa.feature.mfcc(S=log, n_mfcc=given['nMfcc'], lifter=given.get('lifter', 0))
        mfccs.append({'options': given, 'coefficients': f32(coefficients)})
    return {
        'by': 'librosa', 'options': options, 'dims': mel.shape, 'mel': f32(mel), 'filters': f32(filters) if n_fft * options['nMels'] < 12000 else None,
        'decibels': f32(decibels), 'amplitudes': f32(amplitudes), 'mfccs': mfccs,
    }


def torchaudio_case(options) -> dict:
    x = torch.from_numpy(signal(SAMPLES)).double()
    rate, n_fft, n_mels = options['sampleRate'], options['nFft'], options['nMels']
    kwargs = dict(
        n_fft=n_fft, win_length=options.get('winLength', n_fft), hop_length=options['hopLength'],
        f_min=options.get('fMin', 0.0), f_max=options.get('fMax'), n_mels=n_mels, power=options.get('power', 2.0),
        normalized=options.get('normalized', False), norm=options['norm'], mel_scale=options['melScale'],
    )
    mel = torchaudio.transforms.MelSpectrogram(rate, **kwargs).double()(x)
    filters = torchaudio.functional.melscale_fbanks(
        n_fft // 2 + 1, kwargs['f_min'], kwargs['f_max'] or rate // 2, n_mels, rate, kwargs['norm'], kwargs['mel_scale']
    ).T
    decibels = torchaudio.transforms.AmplitudeToDB('power', 30)(mel)
    amplitudes = torchaudio.transforms.AmplitudeToDB('magnitude')(mel)
    mfccs = []
    for given in cepstra(options)[:1]:
        coefficients = torchaudio.transforms.MFCC(rate, given['nMfcc'], melkwargs=kwargs).double()(x)
        mfccs.append({'options': given, 'coefficients': f32(coefficients)})
    logs = torchaudio.transforms.MFCC(rate, 13, log_mels=True, melkwargs=kwargs).double()(x)
    mfccs.append({'options': {'nMfcc': 13, 'logMels': True}, 'coefficients': f32(logs)})
    return {
        'by': 'torchaudio', 'options': options, 'dims': mel.shape, 'mel': f32(mel), 'filters': f32(filters) if n_fft * options['nMels'] < 12000 else None,
        'decibels': f32(decibels), 'amplitudes': f32(amplitudes), 'mfccs': mfccs,
    }


def windows() -> list:
    cases = []
    for name, make in WINDOWS.items():
        for size in (1, 2, 9, 16):
            for periodic in (True, False):
                cases.append({'name': name, 'size': size, 'periodic': periodic, 'values': f32(make(size, periodic=periodic))})
    cases.append({'name': 'kaiser', 'size': 16, 'periodic': True, 'beta': 5, 'values': f32(torch.kaiser_window(16, True, 5.0))})
    for name in ('hann', 'hamming', 'blackman'):
        torch.testing.assert_close(
            WINDOWS[name](16), torch.from_numpy(scipy.signal.get_window(name, 16)), msg=f'SciPy has another {name}'
        )
    return cases


def main() -> None:
    print('torch', torch.__version__, 'librosa', librosa.__version__, 'torchaudio', torchaudio.__version__)
    lists = {
        'windows': windows(),
        'stfts': [stft_case(options) for options in STFTS],
        'mels': [*map(librosa_case, LIBROSA), *map(torchaudio_case, TORCHAUDIO)],
    }
    for mel in lists['mels']:
        mel['samples'] = SAMPLES
        mel['dims'] = list(mel['dims'])
    body = ',\n'.join(
        json.dumps(key) + ': [\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases) + '\n]'
        for key, cases in lists.items()
    )
    Path(__file__).with_name('spectra.json').write_text('{\n' + body + '\n}\n')


main()
