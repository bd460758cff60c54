"""Nets over sound: separators, denoisers, spectra."""

import math
import torch
import torch.nn.functional as F
from torch import nn
from generator.nets import net, tokens

R = torch.randn


def center_trim(x, length):
    extra = x.size(-1) - length
    return x[..., extra // 2 : x.size(-1) - (extra - extra // 2)]


class GlobLN(nn.Module):
    """Normalised over channels and time together."""

    def __init__(self, c):
        super().__init__()
        self.g = nn.Parameter(torch.rand(1, c, 1) + 0.5)
        self.b = nn.Parameter(R(1, c, 1))

    def forward(self, x):
        m = x.mean(dim=(1, 2), keepdim=True)
        v = torch.pow(x - m, 2).mean(dim=(1, 2), keepdim=True)
        return self.g * (x - m) / torch.pow(v + 1e-08, 0.5) + self.b


class CumLN(nn.Module):
    """Normalised over what has been heard so far."""

    def __init__(self, c):
        super().__init__()
        self.g = nn.Parameter(torch.rand(1, c, 1) + 0.5)
        self.b = nn.Parameter(R(1, c, 1))

    def forward(self, x):
        cs = torch.cumsum(x.sum(1), -1)
        cp = torch.cumsum(x.pow(2).sum(1), -1)
        n = torch.arange(x.size(1), x.size(1) * (x.size(2) + 1), x.size(1), dtype=x.dtype).view(1, -1)
        m = cs / n
        v = (cp - 2 * m * cs) / n + m.pow(2)
        return (x - m.unsqueeze(1)) / (v + 1e-05).sqrt().unsqueeze(1) * self.g + self.b


class TasBlock(nn.Module):
    """A dilated depthwise block with a residual and a skip."""

    def __init__(self, c, h, d, norm):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(c, h, 1),
            nn.PReLU(),
            norm(h),
            nn.Conv1d(h, h, 3, padding=d, dilation=d, groups=h),
            nn.PReLU(),
            norm(h),
        )
        self.res, self.skip = (nn.Conv1d(h, c, 1), nn.Conv1d(h, c, 1))

    def forward(self, x):
        y = self.net(x)
        return (x + self.res(y), self.skip(y))


class Tas(nn.Module):
    """Conv-TasNet: learnt filters, masks, learnt filters back."""

    def __init__(self, norm):
        super().__init__()
        self.enc = nn.Conv1d(1, 8, 8, stride=4, bias=False)
        self.norm = norm(8)
        self.bott = nn.Conv1d(8, 6, 1)
        self.blocks = nn.ModuleList([TasBlock(6, 10, 2**i, norm) for i in range(3)])
        self.mask = nn.Sequential(nn.PReLU(), nn.Conv1d(6, 16, 1))
        self.dec = nn.ConvTranspose1d(8, 1, 8, stride=4, bias=False)

    def forward(self, x):
        b, n = x.shape
        pad = (4 - n % 4) % 4
        x = F.pad(x, (4, 4))
        w = self.enc(x.unsqueeze(1))
        y = self.bott(self.norm(w))
        k = 0
        for blk in self.blocks:
            y, sk = blk(y)
            k = k + sk
        m = torch.sigmoid(self.mask(k)).view(b, 2, 8, -1)
        o = self.dec((w.unsqueeze(1) * m).reshape(b * 2, 8, -1))
        return o.view(b, 2, -1)[:, :, 4:-4]


@net(lambda t, b: (R(b, 8 * t),), dynamic={0: {0: 'b', 1: 'n'}})
class ConvTasNet(Tas):
    """With global normalisation."""

    def __init__(self):
        super().__init__(GlobLN)


@net(lambda t, b: (R(b, 8 * t),), dynamic={0: {0: 'b', 1: 'n'}})
class ConvTasNetCausal(Tas):
    """With cumulative normalisation."""

    def __init__(self):
        super().__init__(CumLN)


class DemucsCore(nn.Module):
    """Layers of Demucs: gated convolutions down and up around a BiLSTM."""

    def __init__(self, act='glu', norm=False):
        super().__init__()
        self.enc, self.dec = (nn.ModuleList(), nn.ModuleList())
        ch = [1, 4, 8]
        for i in range(2):
            self.enc.append(
                nn.Sequential(
                    nn.Conv1d(ch[i], ch[i + 1], 8, 4), nn.ReLU(), nn.Conv1d(ch[i + 1], 2 * ch[i + 1], 1), nn.GLU(1)
                )
            )
            self.dec.insert(
                0,
                nn.Sequential(
                    nn.Conv1d(ch[i + 1], 2 * ch[i + 1], 3, padding=1),
                    nn.GLU(1),
                    nn.ConvTranspose1d(ch[i + 1], ch[i], 8, 4),
                ),
            )
        self.lstm = nn.LSTM(8, 8, 2, bidirectional=True)
        self.lin = nn.Linear(16, 8)


@net(lambda t, b: (R(b, 1, 64 + 4 * t),), dynamic={0: {0: 'b', 2: 'n'}})
class Demucs(DemucsCore):
    """Skips trimmed at the centre, input scaled by its deviation."""

    def forward(self, x):
        std = x.std(dim=-1, keepdim=True)
        x = x / (0.001 + std)
        n = x.size(-1)
        saved = []
        for e in self.enc:
            x = e(x)
            saved.append(x)
        x = x.permute(2, 0, 1)
        x = self.lin(self.lstm(x)[0]).permute(1, 2, 0)
        for d in self.dec:
            sk = saved.pop()
            k = min(sk.size(-1), x.size(-1))
            x = d(F.relu(x + center_trim(sk, x.size(-1))))
        return std * x


@net(lambda t, b: (R(b, 1, 84),))
class DemucsUpsampled(DemucsCore):
    """Between two resamplers."""

    def forward(self, x):
        x = F.interpolate(x, scale_factor=2, mode='linear', align_corners=False)
        saved = []
        for e in self.enc:
            x = e(x)
            saved.append(x)
        x = x.permute(2, 0, 1)
        x = self.lin(self.lstm(x)[0]).permute(1, 2, 0)
        for d in self.dec:
            x = d(x + saved.pop()[..., : x.size(-1)])
        return F.interpolate(x, scale_factor=0.5, mode='linear', align_corners=False)


@net(lambda t, b: (R(b, 64 + 16 * t),), dynamic={0: {0: 'b', 1: 'n'}})
class StftMask(nn.Module):
    """A mask over torch.stft."""

    def __init__(self):
        super().__init__()
        self.register_buffer('w', torch.hann_window(32))
        self.l = nn.LSTM(17, 17, batch_first=True)

    def forward(self, x):
        z = torch.stft(x, 32, 16, window=self.w, return_complex=False, center=True)
        m = (z**2).sum(-1).clamp(min=1e-08).sqrt().transpose(1, 2)
        return self.l(torch.log1p(m))[0].sigmoid() * m


@net(lambda t, b: (R(b, t, 32),), dynamic={0: {0: 'b', 1: 't'}})
class RfftNet(nn.Module):
    """torch.fft.rfft, a mask, irfft: complex numbers inside."""

    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(17, 17, batch_first=True)

    def forward(self, x):
        z = torch.fft.rfft(x)
        m = self.l(z.abs())[0].sigmoid()
        return torch.fft.irfft(z * m, n=32)


@net(lambda t, b: (R(b, 1, 40 + 4 * t),), dynamic={0: {0: 'b', 2: 'n'}})
class SincNet(nn.Module):
    """Filters computed from two numbers each."""

    def __init__(self):
        super().__init__()
        self.low = nn.Parameter(torch.tensor([0.05, 0.1, 0.2]).view(-1, 1))
        self.band = nn.Parameter(torch.tensor([0.05, 0.1, 0.1]).view(-1, 1))
        self.n = nn.InstanceNorm1d(3, affine=True)
        self.i = nn.InstanceNorm1d(1, affine=True)
        self.l = nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)
        self.register_buffer('t', 2 * math.pi * torch.arange(-7, 0).view(1, -1).float())
        self.register_buffer('win', torch.hamming_window(15)[:7])

    def forward(self, x):
        lo = self.low.abs() + 0.01
        hi = torch.clamp(lo + self.band.abs(), 0.02, 0.5)
        f = (torch.sin(hi * self.t) - torch.sin(lo * self.t)) / (self.t / 2) * self.win
        k = torch.cat([f, 2 * (hi - lo), f.flip(1)], 1) / (2 * (hi - lo))
        y = F.conv1d(self.i(x), k.unsqueeze(1), stride=2).abs()
        y = F.leaky_relu(self.n(F.max_pool1d(y, 3)))
        return self.l(y.transpose(1, 2))[0]


class GtBlock(nn.Module):
    """GTCRN's block: half of the channels convolved, attended in time, shuffled."""

    def __init__(self, c, d):
        super().__init__()
        self.p1, self.b1 = (nn.Conv2d(c, c, 1), nn.BatchNorm2d(c))
        self.d, self.b2 = (nn.Conv2d(c, c, (3, 3), groups=c, dilation=(d, 1)), nn.BatchNorm2d(c))
        self.p2 = nn.Conv2d(c, c, 1)
        self.a = nn.PReLU()
        self.dil = d
        self.att = nn.GRU(c, c * 2, batch_first=True)
        self.fc = nn.Linear(c * 2, c)

    def forward(self, x):
        a, b = x.chunk(2, 1)
        a = torch.cat([a, a], 1)
        a = self.a(self.b1(self.p1(a)))
        a = self.a(self.b2(self.d(F.pad(a, [1, 1, 2 * self.dil, 0]))))
        a = self.p2(a)
        z = a.pow(2).mean(-1)
        at = self.att(z.transpose(1, 2))[0]
        a = a * self.fc(at).transpose(1, 2).sigmoid()[..., None]
        a = a[:, : a.size(1) // 2]
        y = torch.stack([a, b], 1).transpose(1, 2).contiguous()
        return y.flatten(1, 2)


@net(lambda t, b: (R(b, 17, t, 2),), dynamic={0: {2: 't'}}, sizes=((6, 1), (9, 1)))
class Gtcrn(nn.Module):
    """A denoiser over spectra: grouped convolutions, recurrent layers over bins and over time, transposed convolutions."""

    def __init__(self):
        super().__init__()
        self.e1 = nn.Sequential(nn.Conv2d(3, 4, (1, 5), (1, 2), (0, 2)), nn.BatchNorm2d(4), nn.PReLU())
        self.e2 = nn.Sequential(nn.Conv2d(4, 4, (1, 5), (1, 2), (0, 2), groups=2), nn.BatchNorm2d(4), nn.PReLU())
        self.g1, self.g2 = (GtBlock(4, 1), GtBlock(4, 2))
        self.intra = nn.ModuleList([nn.GRU(2, 2, batch_first=True, bidirectional=True) for _ in range(2)])
        self.fc = nn.Linear(8, 4)
        self.ln = nn.LayerNorm((5, 4), eps=1e-08)
        self.inter = nn.GRU(4, 4, batch_first=True)
        self.d2 = nn.Sequential(
            nn.ConvTranspose2d(4, 4, (1, 5), (1, 2), (0, 2), groups=2), nn.BatchNorm2d(4), nn.PReLU()
        )
        self.d1 = nn.Sequential(nn.ConvTranspose2d(4, 2, (1, 5), (1, 2), (0, 2)), nn.BatchNorm2d(2), nn.Tanh())
        self.u = nn.Unfold((1, 3), padding=(0, 1))

    def forward(self, spec):
        re, im = (spec[..., 0].permute(0, 2, 1), spec[..., 1].permute(0, 2, 1))
        mag = torch.sqrt(re**2 + im**2 + 1e-12)
        x = torch.stack([mag, re, im], 1)
        e1 = self.e1(x)
        e2 = self.e2(e1)
        y = self.g2(self.g1(e2))
        b, c, t, f = y.shape
        z = y.permute(0, 2, 3, 1).reshape(b * t, f, c)
        z1, z2 = z.chunk(2, -1)
        z = torch.cat([self.intra[0](z1)[0], self.intra[1](z2)[0]], -1)
        z = self.ln(self.fc(z)).view(b, t, f, c)
        y = y.permute(0, 2, 3, 1) + z
        q = self.inter(y.permute(0, 2, 1, 3).reshape(b * f, t, c))[0].view(b, f, t, c).permute(0, 3, 2, 1)
        m = self.d1(self.d2(q + e2) + e1)
        return torch.stack([re * m[:, 0] - im * m[:, 1], im * m[:, 0] + re * m[:, 1]], -1)


@net(lambda t, b: (R(b, 4, 8 * t),), sizes=((4, 2), (4, 1)))
class DualPath(nn.Module):
    """Segments by unfold, LSTMs within and across them, fold."""

    def __init__(self):
        super().__init__()
        self.a = nn.LSTM(4, 4, bidirectional=True, batch_first=True)
        self.al = nn.Linear(8, 4)
        self.b = nn.LSTM(4, 4, bidirectional=True, batch_first=True)
        self.bl = nn.Linear(8, 4)
        self.n = nn.GroupNorm(1, 4)

    def forward(self, x):
        b, c, n = x.shape
        k = F.unfold(x.unsqueeze(-1), (8, 1), stride=(4, 1)).view(b, c, 8, -1)
        y = k.permute(0, 3, 2, 1).reshape(-1, 8, c)
        y = self.al(self.a(y)[0]).view(b, -1, 8, c).permute(0, 3, 2, 1)
        k = k + self.n(y)
        y = k.permute(0, 2, 3, 1).reshape(b * 8, -1, c)
        y = self.bl(self.b(y)[0]).view(b, 8, -1, c).permute(0, 3, 1, 2)
        k = k + self.n(y)
        return F.fold(k.reshape(b, c * 8, -1), (n, 1), (8, 1), stride=(4, 1)).squeeze(-1)


@net(lambda t, b: (R(b, 2, t, 8),), dynamic={0: {0: 'b', 2: 't'}})
class Dccrn(nn.Module):
    """Complex LSTM from two real ones; convolutions over bins and back."""

    def __init__(self):
        super().__init__()
        self.r, self.i = (nn.LSTM(8, 6, batch_first=True), nn.LSTM(8, 6, batch_first=True))
        self.c = nn.Conv2d(2, 4, (2, 3), (1, 2), (1, 1))
        self.n = nn.InstanceNorm2d(4)
        self.d = nn.ConvTranspose2d(4, 2, (2, 3), (1, 2), (0, 1), output_padding=(0, 1))

    def forward(self, x):
        y = self.d(F.elu(self.n(self.c(x)[..., :-1, :])))
        a, b = (x[:, 0], x[:, 1])
        rr, ii, ri, ir = (self.r(a)[0], self.i(b)[0], self.r(b)[0], self.i(a)[0])
        return (rr - ii, ri + ir, y)
