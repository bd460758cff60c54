"""Nets with convolutions over two axes, normalisations and other sizes."""

import torch
import torch.nn.functional as F
from torch import nn
from generator.nets import net, tokens

R = torch.randn


@net(lambda t, b: (R(b, 1, 8, 4 * t + 8),), dynamic={0: {0: 'b', 3: 'w'}})
class Crnn(nn.Module):
    """A reader of text lines."""

    def __init__(self):
        super().__init__()
        self.c = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.MaxPool2d((2, 1)),
            nn.Conv2d(6, 8, 2),
            nn.LeakyReLU(0.1),
        )
        self.l = nn.LSTM(8, 5, 2, bidirectional=True)
        self.o = nn.Linear(10, 7)

    def forward(self, x):
        y = self.c(x).squeeze(2).permute(2, 0, 1)
        return F.log_softmax(self.o(self.l(y)[0]), -1)


@net(lambda t, b: (R(b, 1, t + 12, 10),), dynamic={0: {0: 'b', 2: 't'}})
class DeepSpeech(nn.Module):
    """Convolutions, clipped, GRUs whose directions are summed, look-ahead."""

    def __init__(self):
        super().__init__()
        self.c = nn.Sequential(
            nn.Conv2d(1, 4, (5, 3), (2, 2), (2, 1)),
            nn.BatchNorm2d(4),
            nn.Hardtanh(0, 20),
            nn.Conv2d(4, 4, 3, (1, 2), 1),
            nn.BatchNorm2d(4),
            nn.Hardtanh(0, 20),
        )
        self.g = nn.ModuleList([nn.GRU(12, 6, bidirectional=True), nn.GRU(6, 6, bidirectional=True)])
        self.bn = nn.BatchNorm1d(6)
        self.look = nn.Conv1d(6, 6, 3, groups=6, bias=False)

    def forward(self, x):
        y = self.c(x)
        b, c, t, f = y.shape
        y = y.permute(2, 0, 1, 3).reshape(t, b, c * f)
        for i, g in enumerate(self.g):
            if i:
                y = self.bn(y.reshape(t * b, -1)).view(t, b, -1)
            y, _ = g(y)
            y = y.view(t, b, 2, -1).sum(2)
        y = F.pad(y.permute(1, 2, 0), (0, 2))
        return self.look(y).permute(2, 0, 1).softmax(-1)


@net(lambda t, b: (R(b, t, 3, 6, 6),), sizes=((3, 2), (3, 1)))
class ConvLstm(nn.Module):
    """A ConvLSTM written out."""

    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3 + 4, 16, 3, padding=1)

    def forward(self, x):
        h = x.new_zeros(x.size(0), 4, 6, 6)
        c = h
        for t in range(x.size(1)):
            i, f, o, g = self.c(torch.cat([x[:, t], h], 1)).split(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        return (h, c)


@net(lambda t, b: (R(b, 3, t, 8),), dynamic={0: {0: 'b', 2: 't'}})
class Norms(nn.Module):
    """All normalisations and activations."""

    def __init__(self):
        super().__init__()
        self.l = nn.GRU(24, 8, batch_first=True)
        self.g = nn.GroupNorm(3, 3)
        self.i = nn.InstanceNorm2d(3, affine=True)
        self.b = nn.BatchNorm2d(3)
        self.r = nn.RMSNorm(8)
        self.w = torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 3, 1))
        self.p = nn.PReLU(3)

    def forward(self, x):
        y = self.p(self.w(self.b(self.i(self.g(x)))))
        y = F.adaptive_avg_pool2d(y, (None, 8))
        z = y.permute(0, 2, 1, 3).flatten(2)
        return (
            self.r(self.l(z)[0]),
            F.hardswish(y),
            F.mish(y),
            F.silu(y),
            F.hardsigmoid(y),
            F.celu(y),
            F.selu(y),
            F.softsign(y),
            F.logsigmoid(y),
            F.relu6(y),
            F.hardshrink(y),
            F.softshrink(y),
            F.tanhshrink(y),
            F.threshold(y, 0.1, 0.2),
            F.normalize(y, dim=1),
        )


@net(lambda t, b: (R(b, 4, 8),), sizes=((4, 2), (4, 1)))
class Upsamples(nn.Module):
    """interpolate of every mode, pixel_shuffle, pools, paddings."""

    def __init__(self):
        super().__init__()
        self.l = nn.GRU(4, 4, batch_first=True)
        self.p = nn.Conv1d(4, 8, 3, padding=1)

    def forward(self, x):
        y = F.interpolate(x, scale_factor=2, mode='nearest')
        z = F.interpolate(x, size=13, mode='linear', align_corners=True)
        q = F.pixel_shuffle(self.p(x).view(-1, 4, 4, 4)[:, :4].contiguous(), 2)
        return (
            self.l(y.transpose(1, 2))[0],
            z,
            q,
            F.avg_pool1d(x, 3, 2, 1),
            F.lp_pool1d(x, 2, 2),
            F.adaptive_max_pool1d(x, 4),
            F.interpolate(x.unsqueeze(1), size=(6, 12), mode='bicubic', align_corners=False),
            F.pad(x, (2, 3), 'reflect'),
            F.pad(x, (1, 2), 'replicate'),
            F.pad(x, (2, 1), 'circular'),
        )
