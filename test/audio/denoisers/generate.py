"""Writes small denoisers as PyTorch exports them to ONNX, and what each makes of a recording: torch.stft, the network over all frames,
torch.istft, in float64.

    /opt/venv/main/bin/python test/audio/denoisers/generate.py

Needs torch 2.13.0, onnx and onnxscript. The networks have the shapes of GTCRN, DTLN, NSNet2 and RNNoise, with few units and weights
that are drawn.
"""

import base64
import copy
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
SAMPLES = 1500


def signal(count: int) -> np.ndarray:
    """Noise of the generator x ← 1664525 x + 1013904223 mod 2³² and a tone that comes and goes, as the test makes it."""
    out, x = np.empty(count, np.float32), 1
    for n in range(count):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        tone = ((n % 40) / 20 - 1) * ((n // 300) % 2)
        out[n] = np.float32(0.2 * (x / 2**32 - 0.5) + 0.3 * tone)
    return out


class GtcrnLike(nn.Module):
    """[1, F, 1, 2] and caches → [1, F, 1, 2]: a causal convolution, a GRU along frequency, one along time, a complex mask."""

    def __init__(self, bins: int, channels: int = 6):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, (3, 3), padding=(0, 1))
        self.norm = nn.BatchNorm2d(channels)
        self.act = nn.PReLU()
        self.along = nn.GRU(channels, channels // 2, batch_first=True, bidirectional=True)
        self.over = nn.GRU(channels, channels, batch_first=True)
        self.attend = nn.GRU(channels, channels)
        self.out = nn.Conv2d(channels, 2, 1)
        self.channels, self.bins = channels, bins

    def caches(self):
        return (
            torch.zeros(1, 3, 2, self.bins),
            torch.zeros(1, self.bins, self.channels),
            torch.zeros(1, 1, self.channels),
        )

    def forward(self, mix, conv_cache, inter_cache, tra_cache):
        spec = mix.permute(0, 3, 2, 1)  # 1, 2, T = 1, F
        mag = torch.sqrt((spec**2).sum(1, keepdim=True) + 1e-12)
        x = torch.cat([conv_cache, torch.cat([mag, spec], 1)], 2)
        conv_cache_out = x[:, :, 1:]
        y = self.act(self.norm(self.conv(x)))
        weight, tra_cache_out = self.attend((y**2).mean(-1).permute(2, 0, 1), tra_cache)
        y = y * torch.sigmoid(weight).permute(1, 2, 0)[..., None]
        rows = y[:, :, 0].permute(0, 2, 1)
        rows = rows + self.along(rows)[0]
        time, inter_cache_out = self.over(rows.reshape(self.bins, 1, self.channels), inter_cache)
        rows = rows + time.reshape(1, self.bins, self.channels)
        mask = torch.tanh(self.out(rows.permute(0, 2, 1)[:, :, None]))
        real = spec[:, 0] * mask[:, 0] - spec[:, 1] * mask[:, 1]
        imag = spec[:, 1] * mask[:, 0] + spec[:, 0] * mask[:, 1]
        return torch.stack([real, imag], -1).permute(0, 2, 1, 3), conv_cache_out, inter_cache_out, tra_cache_out


class LstmMask(nn.Module):
    """[1, 1, I] and [layers, 1, H, 2] → [1, 1, O]: a stage of DTLN; as mask, or as filter of an encoded frame."""

    def __init__(self, size: int, hidden: int, encoded: int = 0):
        super().__init__()
        inside = encoded or size
        self.encode = nn.Linear(size, encoded, bias=False) if encoded else None
        self.norm = nn.LayerNorm(encoded) if encoded else None
        self.lstm = nn.LSTM(inside, hidden, 2, batch_first=True)
        self.mask = nn.Linear(hidden, inside)
        self.decode = nn.Linear(encoded, size, bias=False) if encoded else None
        self.hidden = hidden

    def caches(self):
        return (torch.zeros(2, 1, self.hidden, 2),)

    def forward(self, x, state):
        inside = self.encode(x) if self.encode is not None else x
        seen = self.norm(inside) if self.norm is not None else inside
        y, (h, c) = self.lstm(seen, (state[..., 0].contiguous(), state[..., 1].contiguous()))
        mask = torch.sigmoid(self.mask(y))
        out = self.decode(mask * inside) if self.decode is not None else mask
        return out, torch.stack([h, c], -1)


class GruMask(nn.Module):
    """[1, 1, I] and states → [1, 1, O]: NSNet2, and RNNoise with fewer bands."""

    def __init__(self, size: int, hidden: int):
        super().__init__()
        self.first = nn.Linear(size, hidden)
        self.a = nn.GRU(hidden, hidden, batch_first=True)
        self.b = nn.GRU(hidden, hidden, batch_first=True)
        self.last = nn.Linear(hidden, size)
        self.hidden = hidden

    def caches(self):
        return torch.zeros(1, 1, self.hidden), torch.zeros(1, 1, self.hidden)

    def forward(self, x, a0, b0):
        y, an = self.a(torch.relu(self.first(x)), a0)
        y, bn = self.b(y, b0)
        return torch.sigmoid(self.last(y)), an, bn


def export(name: str, net: nn.Module, x: torch.Tensor, names) -> None:
    inputs, outputs = names
    torch.onnx.export(
        net, (x, *net.caches()), HERE / f'{name}.onnx', input_names=inputs, output_names=outputs, dynamo=True, external_data=False,
        opset_version=18, verbose=False,
    )


def made(seed: int, make) -> nn.Module:
    torch.manual_seed(seed)
    net = make().eval()
    for parameter in net.parameters():
        parameter.requires_grad_(False)
        if parameter.dim() > 1:
            parameter.mul_(1.5)
    return net


def steps(net: nn.Module, frames):
    """All frames through a network in float64."""
    net = copy.deepcopy(net).double()
    states = [state.double() for state in net.caches()]
    out = []
    for frame in frames:
        y, *states = net(frame, *states)
        out.append(y)
    return out


def padded_frames(x, n_fft: int, hop: int):
    """Frames as code for live sound takes them: the first one ends with the first hop."""
    return torch.nn.functional.pad(x, (n_fft - hop, 2 * n_fft))


def overlapped(frames, n_fft: int, hop: int):
    out = torch.zeros(n_fft + hop * (len(frames) - 1), dtype=torch.float64)
    for t, frame in enumerate(frames):
        out[t * hop : t * hop + n_fft] += frame
    return out[n_fft - hop :][:SAMPLES]


def gtcrn(x):
    net = made(1, lambda: GtcrnLike(33))
    names = ['mix', 'conv_cache', 'inter_cache', 'tra_cache'], ['enh', 'conv_cache_out', 'inter_cache_out', 'tra_cache_out']
    export('gtcrn', net, torch.randn(1, 33, 1, 2), names)
    window = torch.hann_window(64).pow(0.5).double()
    spectrum = torch.view_as_real(torch.stft(x, 64, 32, 64, window, return_complex=True))  # F, T, 2
    frames = [spectrum[None, :, t : t + 1] for t in range(spectrum.shape[1])]
    enhanced = torch.cat(steps(net, frames), 2)[0]
    return torch.istft(torch.view_as_complex(enhanced.contiguous()), 64, 32, 64, window, length=SAMPLES)


def dtln(x):
    first, second = made(2, lambda: LstmMask(33, 10)), made(3, lambda: LstmMask(64, 10, 24))
    names = ['x', 'state'], ['y', 'state_out']
    export('dtln-1', first, torch.randn(1, 1, 33), names)
    export('dtln-2', second, torch.randn(1, 1, 64), names)
    frames = padded_frames(x, 64, 16).unfold(0, 64, 16)
    spectra = torch.fft.rfft(frames)
    masks = torch.cat(steps(first, [s.abs()[None, None] for s in spectra]), 1)[0]
    back = torch.fft.irfft(spectra * masks, 64)
    return overlapped([y[0, 0] for y in steps(second, [f[None, None] for f in back])], 64, 16)


def nsnet(x):
    net = made(4, lambda: GruMask(21, 12))
    export('nsnet', net, torch.randn(1, 1, 21), (['x', 'h0', 'g0'], ['mask', 'hn', 'gn']))
    window = torch.hann_window(40).double()
    spectrum = torch.stft(x, 40, 10, 40, window, center=True, normalized=True, return_complex=True)
    power = torch.log10(torch.clamp(spectrum.abs() ** 2, min=1e-12))
    masks = torch.cat(steps(net, [p[None, None] for p in power.T]), 1)[0]
    return torch.istft(spectrum * masks.T, 40, 10, 40, window, center=True, normalized=True, length=SAMPLES)


def rnnoise(x):
    """Bands of four bins, their energy's logarithm; gains between them by straight lines; Vorbis' window."""
    net = made(5, lambda: GruMask(7, 9))
    export('rnnoise', net, torch.randn(1, 1, 7), (['x', 'h0', 'g0'], ['gains', 'hn', 'gn']))
    n_fft, hop = 48, 24
    window = torch.sin(torch.pi / 2 * torch.sin(torch.pi * (torch.arange(n_fft).double() + 0.5) / n_fft) ** 2)
    place = torch.arange(n_fft // 2 + 1).double() / 4
    triangles = torch.clamp(1 - (place[:, None] - torch.arange(7)[None]).abs(), min=0)  # bins, bands
    frames = padded_frames(x, n_fft, hop).unfold(0, n_fft, hop)
    spectra = torch.fft.rfft(frames * window)
    energies = (spectra.abs() ** 2) @ triangles
    gains = torch.cat(steps(net, [torch.log10(e + 1e-2)[None, None] for e in energies]), 1)[0]
    back = torch.fft.irfft(spectra * (gains @ triangles.T), n_fft) * window
    return overlapped(list(back), n_fft, hop)


def main() -> None:
    x = torch.from_numpy(signal(SAMPLES)).double()
    with torch.no_grad():
        expected = {make.__name__: make(x) for make in (gtcrn, dtln, nsnet, rnnoise)}
    encoded = {name: base64.b64encode(y.numpy().astype('<f4').tobytes()).decode() for name, y in expected.items()}
    (HERE / 'expected.json').write_text(json.dumps(encoded, indent=1) + '\n')
    for name, y in expected.items():
        print(name, tuple(y.shape), float(y.abs().max()))


main()
