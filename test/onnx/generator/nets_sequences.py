"""Loops that are scripted, lengths that are fed, elements put in place, forecasters."""

from typing import List, Tuple
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from generator.nets import net, tokens

R = torch.randn


class PlainGru(nn.Module):
    """A GRU cell of plain operators: nn.GRUCell's own checks are not exported from a script."""

    def __init__(self, inputs, size):
        super().__init__()
        self.x, self.h = nn.Linear(inputs, 3 * size), nn.Linear(size, 3 * size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        a, b = self.x(x).chunk(3, 1), self.h(h).chunk(3, 1)
        r, z = torch.sigmoid(a[0] + b[0]), torch.sigmoid(a[1] + b[1])
        n = torch.tanh(a[2] + r * b[2])
        return (1 - z) * n + z * h


class LNLSTMCell(nn.Module):
    """An LSTM cell with layer normalisation."""

    def __init__(self, i, h):
        super().__init__()
        self.w = nn.Parameter(R(4 * h, i) * 0.3)
        self.u = nn.Parameter(R(4 * h, h) * 0.3)
        self.a, self.b, self.c = (nn.LayerNorm(4 * h), nn.LayerNorm(4 * h), nn.LayerNorm(h))

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Tuple[Tensor, Tensor]:
        i, f, g, o = (self.a(x @ self.w.t()) + self.b(h @ self.u.t())).chunk(4, 1)
        c = self.c(torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g))
        return (torch.sigmoid(o) * torch.tanh(c), c)


@net(
    lambda t, b: (R(t, b, 4), R(b, 5), R(b, 5)), dynamic={0: {0: 't', 1: 'b'}, 1: {0: 'b'}, 2: {0: 'b'}}, script=True
)
class ScriptedLnLstm(nn.Module):
    """A for loop over steps, outputs appended to a list."""

    def __init__(self):
        super().__init__()
        self.cell = LNLSTMCell(4, 5)

    def forward(self, x: Tensor, h: Tensor, c: Tensor):
        outs: List[Tensor] = []
        for i in range(x.size(0)):
            h, c = self.cell(x[i], h, c)
            outs += [h]
        return (torch.stack(outs), h, c)


@net(
    lambda t, b: (R(t, b, 4), R(b, 5), R(b, 5)), dynamic={0: {0: 't', 1: 'b'}, 1: {0: 'b'}, 2: {0: 'b'}}, script=True
)
class ScriptedUnbind(nn.Module):
    """The same over unbind: PyTorch writes a split that keeps no axis."""

    def __init__(self):
        super().__init__()
        self.cell = LNLSTMCell(4, 5)

    def forward(self, x: Tensor, h: Tensor, c: Tensor):
        outs: List[Tensor] = []
        for u in x.unbind(0):
            h, c = self.cell(u, h, c)
            outs.append(h)
        return (torch.cat(outs, 1), c)


@net(lambda t, b: (R(t, b, 4), R(b, 5)), dynamic={0: {0: 't', 1: 'b'}, 1: {0: 'b'}}, script=True)
class ScriptedIfInLoop(nn.Module):
    """Branches in branches in a loop."""

    def __init__(self):
        super().__init__()
        self.cell = PlainGru(4, 5)
        self.o = nn.Linear(5, 5)

    def forward(self, x: Tensor, h: Tensor):
        for i in range(x.size(0)):
            if bool(x[i].sum() > 0):
                h = self.cell(x[i], h)
            elif i % 2 == 0:
                h = self.o(h)
            else:
                h = h * 0.5
        return h


@net(lambda t, b: (R(b, 5),), dynamic={0: {0: 'b'}}, script=True)
class ScriptedWhile(nn.Module):
    """A loop whose end depends on what it computes."""

    def __init__(self):
        super().__init__()
        self.cell = PlainGru(5, 5)

    def forward(self, h: Tensor):
        n = 0
        while bool(h.abs().mean() > 0.2) and n < 12:
            h = self.cell(h, h) * 0.7
            n += 1
        return h


@net(lambda t, b: (tokens(9, b, t),), dynamic={0: {0: 'b', 1: 't'}}, script=True)
class ScriptedGreedy(nn.Module):
    """Greedy decoding until every sequence has ended."""

    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(9, 4)
        self.enc = nn.GRU(4, 6, batch_first=True)
        self.c = PlainGru(4, 6)
        self.o = nn.Linear(6, 9)

    def forward(self, x: Tensor):
        _, h0 = self.enc(self.e(x))
        h = h0[0]
        tk = torch.zeros(x.size(0), dtype=torch.long)
        done = torch.zeros(x.size(0), dtype=torch.bool)
        res: List[Tensor] = []
        n = 0
        while n < 8 and (not bool(done.all())):
            h = self.c(self.e(tk), h)
            tk = self.o(h).argmax(-1)
            done = done | (tk == 3)
            res.append(tk)
            n += 1
        return torch.stack(res, 1)


@net(lambda t, b: (R(b, t, 4),), dynamic={0: {0: 'b', 1: 't'}}, script=True)
class ScriptedListOfLists(nn.Module):
    """States in lists, two layers."""

    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([LNLSTMCell(4, 5), LNLSTMCell(5, 5)])

    def forward(self, x: Tensor):
        b = x.size(0)
        h: List[Tensor] = [torch.zeros(b, 5), torch.zeros(b, 5)]
        c: List[Tensor] = [torch.zeros(b, 5), torch.zeros(b, 5)]
        outs: List[Tensor] = []
        for i in range(x.size(1)):
            z = x[:, i]
            h0, c0 = (h[0], c[0])
            h0, c0 = self.cells[0](z, h0, c0)
            h1, c1 = self.cells[1](h0, h[1], c[1])
            h = [h0, h1]
            c = [c0, c1]
            outs.append(h1)
        return torch.stack(outs, 1)


@net(lambda t, b: (R(b, t, 6), torch.randint(1, t + 1, (b,))), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b'}})
class LastByLength(nn.Module):
    """The last output of each length, by gather and by index; masks; topk."""

    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(6, 5, batch_first=True)

    def forward(self, x, n):
        y, _ = self.l(x)
        i = (n - 1).view(-1, 1, 1).expand(-1, 1, 5)
        m = (torch.arange(x.size(1)).unsqueeze(0) < n.unsqueeze(1)).unsqueeze(-1)
        return (
            y.gather(1, i).squeeze(1),
            y[torch.arange(x.size(0)), n - 1],
            (y * m).sum(1) / n.unsqueeze(1),
            y.masked_fill(~m, -1000000000.0).max(1).values,
            F.one_hot(n, 12),
            torch.topk(y, 2, dim=1).values,
        )


@net(lambda t, b: (R(b, t, 6), torch.randint(1, t + 1, (b,))), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b'}})
class TrimByLength(nn.Module):
    """Sizes that come from fed lengths."""

    def __init__(self):
        super().__init__()
        self.l = nn.GRU(6, 5, batch_first=True)

    def forward(self, x, n):
        y, _ = self.l(x[:, : n.max()])
        return (y, y[torch.arange(y.size(1))[None, :] < n[:, None]])


@net(lambda t, b: (R(b, t, 6),), dynamic={0: {0: 'b', 1: 't'}})
class IndexPut(nn.Module):
    """Slices assigned, triu, roll, flip, repeat_interleave, norm, var, unfold."""

    def __init__(self):
        super().__init__()
        self.l = nn.GRU(6, 6, batch_first=True)

    def forward(self, x):
        y, _ = self.l(x)
        y = y.clone()
        y[:, 0] = 0
        y[:, -1, 2:4] = 1.5
        y[:, 1:3, ::2] *= 2
        return (
            y,
            torch.triu(y @ y.transpose(1, 2)),
            y.roll(1, 1),
            y.flip(1),
            y.repeat_interleave(2, 1),
            y.norm(dim=-1),
            y.var(1),
            y.unfold(1, 3, 2),
        )


@net(lambda t, b: (R(b, 6), R(2, b, 5), R(2, b, 5)), dynamic={0: {0: 'b'}, 1: {1: 'b'}, 2: {1: 'b'}})
class MdnStep(nn.Module):
    """A step of a mixture density net."""

    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(6, 5, 2)
        self.o = nn.Linear(5, 9)

    def forward(self, x, h, c):
        y, (h, c) = self.l(x.unsqueeze(0), (h, c))
        pi, mu, sg = self.o(y[0]).view(-1, 3, 3).unbind(1)
        return (pi.softmax(-1), mu, sg.exp(), h, c)


@net(lambda t, b: (R(t, b, 4),), dynamic={0: {1: 'b'}}, sizes=((5, 2), (5, 1)))
class Qrnn(nn.Module):
    """Gates from convolutions, a loop of products."""

    def __init__(self):
        super().__init__()
        self.c = nn.Conv1d(4, 15, 2)

    def forward(self, x):
        z, f, o = self.c(F.pad(x.permute(1, 2, 0), (1, 0))).chunk(3, 1)
        z, f, o = (z.tanh(), f.sigmoid(), o.sigmoid())
        c = torch.zeros_like(z[..., 0])
        out = []
        for i in range(z.size(-1)):
            c = f[..., i] * c + (1 - f[..., i]) * z[..., i]
            out.append(c * o[..., i])
        return torch.stack(out, -1)


@net(lambda t, b: (R(b, t, 4),), dynamic={0: {0: 'b', 1: 't'}})
class MinGru(nn.Module):
    """A recurrence computed by cumulative sums of logarithms."""

    def __init__(self):
        super().__init__()
        self.z, self.h = (nn.Linear(4, 5), nn.Linear(4, 5))

    def forward(self, x):
        k = self.z(x)
        lz, lc = (-F.softplus(-k), -F.softplus(k))
        g = self.h(x)
        lg = torch.where(g >= 0, (F.relu(g) + 0.5).log(), -F.softplus(-g))
        a = torch.cumsum(lc, 1)
        return (a + torch.cumsum((lz + lg - a).exp(), 1).log()).exp()


@net(lambda t, b: (R(b, t, 3), R(b, 2)), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b'}})
class TftLike(nn.Module):
    """Variable selection, LSTM with a given state, gate, sort."""

    def __init__(self):
        super().__init__()
        self.vs = nn.Linear(3, 3)
        self.em = nn.ModuleList([nn.Linear(1, 4) for _ in range(3)])
        self.h, self.c = (nn.Linear(2, 4), nn.Linear(2, 4))
        self.l = nn.LSTM(4, 4, batch_first=True)
        self.g = nn.Linear(4, 8)
        self.n = nn.LayerNorm(4)
        self.q = nn.Linear(4, 3)

    def forward(self, x, st):
        w = self.vs(x).softmax(-1).unsqueeze(-1)
        v = torch.stack([e(x[..., i : i + 1]) for i, e in enumerate(self.em)], -2)
        z = (w * v).sum(-2)
        y, _ = self.l(z, (self.h(st).unsqueeze(0), self.c(st).unsqueeze(0)))
        y = self.n(z + F.glu(self.g(y), -1))
        return self.q(y).sort(-1).values


@net(lambda t, b: (R(b, t, 4), R(b, 1, 4)), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b'}})
class DeepAr(nn.Module):
    """Two layers, scaled by the mean, a distribution out."""

    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(4, 6, 2, batch_first=True, dropout=0.1)
        self.m, self.sg = (nn.Linear(6, 1), nn.Linear(6, 1))

    def forward(self, x, cov):
        sc = x.abs().mean(1, keepdim=True).clamp(min=0.0001)
        y, (h, c) = self.l(x / sc)
        o, _ = self.l(cov, (h, c))
        return (self.m(o) * sc[..., :1], F.softplus(self.sg(o)) * sc[..., :1], h)
