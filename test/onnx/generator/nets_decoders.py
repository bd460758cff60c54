"""Readers, speakers and translators: attention over recurrent layers, decoders step by step and as loops."""

from typing import List, Optional
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from generator.nets import net, tokens

R = torch.randn


class LocationAttention(nn.Module):
    """Tacotron 2: scores from the query, the memory and where attention was before."""

    def __init__(self, q, m, a, f=3, k=5):
        super().__init__()
        self.q, self.m, self.v = (
            nn.Linear(q, a, bias=False),
            nn.Linear(m, a, bias=False),
            nn.Linear(a, 1, bias=False),
        )
        self.conv, self.dense = (nn.Conv1d(2, f, k, padding=(k - 1) // 2, bias=False), nn.Linear(f, a, bias=False))

    def forward(self, query, memory, processed, weights, mask: Optional[Tensor]):
        loc = self.dense(self.conv(weights).transpose(1, 2))
        e = self.v(torch.tanh(self.q(query.unsqueeze(1)) + loc + processed)).squeeze(-1)
        if mask is not None:
            e = e.masked_fill(mask, -float('inf'))
        w = F.softmax(e, dim=1)
        return (torch.bmm(w.unsqueeze(1), memory).squeeze(1), w)


@net(
    lambda t, b: (
        R(b, 4),
        R(b, t, 6),
        R(b, 8),
        R(b, 8),
        R(b, 7),
        R(b, 7),
        torch.rand(b, t),
        torch.rand(b, t),
        R(b, 6),
        torch.arange(t).expand(b, t) >= t - 1,
    ),
    dynamic={
        1: {0: 'b', 1: 't'},
        0: {0: 'b'},
        2: {0: 'b'},
        3: {0: 'b'},
        4: {0: 'b'},
        5: {0: 'b'},
        6: {0: 'b', 1: 't'},
        7: {0: 'b', 1: 't'},
        8: {0: 'b'},
        9: {0: 'b', 1: 't'},
    },
)
class TacotronStep(nn.Module):
    """One step of Tacotron 2's decoder: two LSTM cells around attention, nine inputs of state."""

    def __init__(self):
        super().__init__()
        self.prenet = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU())
        self.arnn = nn.LSTMCell(5 + 6, 8)
        self.attn = LocationAttention(8, 6, 5)
        self.drnn = nn.LSTMCell(8 + 6, 7)
        self.proj = nn.Linear(7 + 6, 4)
        self.gate = nn.Linear(7 + 6, 1)

    def forward(self, x, memory, ah, ac, dh, dc, w, wc, ctx, mask):
        ah, ac = self.arnn(torch.cat((self.prenet(x), ctx), -1), (ah, ac))
        ww = torch.cat((w.unsqueeze(1), wc.unsqueeze(1)), 1)
        ctx, w = self.attn(ah, memory, self.attn.m(memory), ww, mask)
        wc = wc + w
        dh, dc = self.drnn(torch.cat((ah, ctx), -1), (dh, dc))
        o = torch.cat((dh, ctx), 1)
        return (self.proj(o), torch.sigmoid(self.gate(o)), ah, ac, dh, dc, w, wc, ctx)


class TacoCore(nn.Module):
    """Encoder, attention and post-net that the two whole Tacotrons share."""

    def __init__(self):
        super().__init__()
        self.prenet = nn.Linear(4, 5)
        self.arnn = nn.LSTMCell(5 + 6, 8)
        self.attn = LocationAttention(8, 6, 5)
        self.proj = nn.Linear(8 + 6, 4)
        self.gate = nn.Linear(8 + 6, 1)
        self.emb = nn.Embedding(10, 6)
        self.convs = nn.Sequential(nn.Conv1d(6, 6, 5, padding=2), nn.BatchNorm1d(6), nn.ReLU())
        self.enc = nn.LSTM(6, 3, batch_first=True, bidirectional=True)
        self.post = nn.Sequential(
            nn.Conv1d(4, 6, 5, padding=2), nn.BatchNorm1d(6), nn.Tanh(), nn.Conv1d(6, 4, 5, padding=2)
        )

    def encode(self, tokens):
        x = self.convs(self.emb(tokens).transpose(1, 2)).transpose(1, 2)
        return self.enc(x)[0]


@net(lambda t, b: (tokens(10, b, t),), dynamic={0: {1: 't'}})
class TacotronUnrolled(TacoCore):
    """Four steps of the decoder written out by the tracer, and the post-net."""

    def forward(self, tokens):
        memory = self.encode(tokens)
        b, t = tokens.shape
        pm = self.attn.m(memory)
        x = memory.new_zeros(b, 4)
        h = memory.new_zeros(b, 8)
        c = memory.new_zeros(b, 8)
        ctx = memory.new_zeros(b, 6)
        w = memory.new_zeros(b, t)
        wc = memory.new_zeros(b, t)
        out, gates, al = ([], [], [])
        for _ in range(4):
            h, c = self.arnn(torch.cat((F.relu(self.prenet(x)), ctx), -1), (h, c))
            ctx, w = self.attn(h, memory, pm, torch.stack((w, wc), 1), None)
            wc = wc + w
            o = torch.cat((h, ctx), 1)
            x = self.proj(o)
            out.append(x)
            gates.append(self.gate(o))
            al.append(w)
        mel = torch.stack(out).transpose(0, 1)
        return (mel + self.post(mel.transpose(1, 2)).transpose(1, 2), torch.cat(gates, 1), torch.stack(al, 1))


@net(lambda t, b: (tokens(10, 1, t),), dynamic={0: {1: 't'}}, sizes=((6, 1), (9, 1)), script=True)
class TacotronScripted(TacoCore):
    """The decoder as a while loop that ends when the gate says so."""

    def forward(self, tokens):
        x0 = self.convs(self.emb(tokens).transpose(1, 2)).transpose(1, 2)
        memory = self.enc(x0)[0]
        b = tokens.size(0)
        t = tokens.size(1)
        pm = self.attn.m(memory)
        x = torch.zeros(b, 4)
        h = torch.zeros(b, 8)
        c = torch.zeros(b, 8)
        ctx = torch.zeros(b, 6)
        w = torch.zeros(b, t)
        wc = torch.zeros(b, t)
        out: List[Tensor] = []
        n = 0
        go = True
        while go:
            h, c = self.arnn(torch.cat((F.relu(self.prenet(x)), ctx), -1), (h, c))
            ctx, w = self.attn(h, memory, pm, torch.cat((w.unsqueeze(1), wc.unsqueeze(1)), 1), None)
            wc = wc + w
            o = torch.cat((h, ctx), 1)
            x = self.proj(o)
            out.append(x)
            n += 1
            go = bool(torch.sigmoid(self.gate(o)).max() < 0.9) and n < 7
        return torch.stack(out, 1)


@net(lambda t, b: (R(b, t, 5),), dynamic={0: {0: 'b', 1: 't'}})
class SelfAttentionPool(nn.Module):
    """Structured self-attention: two heads of weights over time."""

    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
        self.a = nn.Linear(12, 4)
        self.b = nn.Linear(4, 2, bias=False)
        self.o = nn.Linear(24, 3)

    def forward(self, x):
        y, _ = self.l(x)
        a = F.softmax(self.b(torch.tanh(self.a(y))), dim=1)
        m = a.transpose(1, 2) @ y
        return (self.o(m.reshape(m.size(0), -1)), a)


@net(lambda t, b: (R(b, t, 6),), dynamic={0: {0: 'b', 1: 't'}})
class MultiheadOverLstm(nn.Module):
    """MultiheadAttention over an LSTM, residual, LayerNorm."""

    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(6, 8, batch_first=True)
        self.a = nn.MultiheadAttention(8, 2, batch_first=True)
        self.n = nn.LayerNorm(8)

    def forward(self, x):
        y, _ = self.l(x)
        z, w = self.a(y, y, y)
        return (self.n(y + z), w)


@net(lambda t, b: (R(t, b, 6),), dynamic={0: {0: 't', 1: 'b'}})
class CausalAttentionOverGru(nn.Module):
    """scaled_dot_product_attention with a causal mask."""

    def __init__(self):
        super().__init__()
        self.l = nn.GRU(6, 8)
        self.q, self.k, self.v = (nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8))

    def forward(self, x):
        y, h = self.l(x)
        t, b = y.shape[:2]
        f = lambda p: p(y).view(t, b, 2, 4).permute(1, 2, 0, 3)
        z = F.scaled_dot_product_attention(f(self.q), f(self.k), f(self.v), is_causal=True)
        return (z.permute(2, 0, 1, 3).reshape(t, b, 8), h)


@net(lambda t, b: (R(b, t, 6), torch.randint(1, t + 1, (b,))), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b'}})
class MaskedAttention(nn.Module):
    """Attention over what lengths leave."""

    def __init__(self):
        super().__init__()
        self.l = nn.GRU(6, 5, batch_first=True)
        self.q = nn.Parameter(R(5))

    def forward(self, x, n):
        y, _ = self.l(x)
        m = torch.arange(y.size(1))[None, :] < n[:, None]
        e = (y @ self.q).masked_fill(~m, float('-inf'))
        a = e.softmax(-1)
        return ((a.unsqueeze(-1) * y).sum(1), a)


@net(lambda t, b: (R(b, t, 6), R(b, 4, 5)), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b'}})
class LuongDecoder(nn.Module):
    """Encoder and decoder, einsum and Bilinear."""

    def __init__(self):
        super().__init__()
        self.e = nn.GRU(6, 5, batch_first=True)
        self.d = nn.GRU(5, 5, batch_first=True)
        self.w = nn.Bilinear(5, 5, 4)
        self.c = nn.Linear(10, 5)

    def forward(self, x, y):
        m, h = self.e(x)
        d, _ = self.d(y, h)
        e = torch.einsum('bth,bsh->bts', d, m)
        a = e.softmax(-1)
        ctx = torch.einsum('bts,bsh->bth', a, m)
        return (torch.tanh(self.c(torch.cat([ctx, d], -1))), self.w(ctx, d))


@net(lambda t, b: (tokens(9, b, t),), dynamic={0: {0: 'b', 1: 't'}})
class PointerNet(nn.Module):
    """Chooses places of its input: argmax, scatter, gather."""

    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(9, 4)
        self.l = nn.LSTM(4, 6, batch_first=True)
        self.c = nn.LSTMCell(4, 6)
        self.w1, self.w2, self.v = (nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 1))

    def forward(self, tk):
        x = self.e(tk)
        m, (h, c) = self.l(x)
        h, c = (h[0], c[0])
        inp = x.mean(1)
        mask = torch.zeros_like(tk, dtype=torch.float)
        outs = []
        for _ in range(3):
            h, c = self.c(inp, (h, c))
            u = self.v(torch.tanh(self.w1(m) + self.w2(h).unsqueeze(1))).squeeze(-1) - 10000.0 * mask
            i = u.argmax(-1)
            outs.append(i)
            mask = mask.scatter(1, i.unsqueeze(1), 1.0)
            inp = x.gather(1, i.view(-1, 1, 1).expand(-1, 1, 4)).squeeze(1)
        return (torch.stack(outs, 1), u)


@net(lambda t, b: (R(b, t, 4), tokens(6, b, 3)), dynamic={0: {0: 'b', 1: 't'}, 1: {0: 'b', 1: 'u'}})
class Transducer(nn.Module):
    """Predictor and joint of an RNN-T: two sequences against each other."""

    def __init__(self):
        super().__init__()
        self.e = nn.LSTM(4, 5, batch_first=True)
        self.em = nn.Embedding(6, 4)
        self.p = nn.GRU(4, 5, batch_first=True)
        self.j = nn.Linear(10, 6)

    def forward(self, x, y):
        f, _ = self.e(x)
        g, _ = self.p(F.pad(self.em(y), (0, 0, 1, 0)))
        f = f.unsqueeze(2).expand(-1, -1, g.size(1), -1)
        g = g.unsqueeze(1).expand(-1, f.size(1), -1, -1)
        return self.j(torch.tanh(torch.cat([f, g], -1))).log_softmax(-1)


@net(lambda t, b: (tokens(12, b, t),), dynamic={0: {0: 'b', 1: 't'}})
class BiLstmCrf(nn.Module):
    """Viterbi over a tagger's scores."""

    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(12, 4, padding_idx=0)
        self.l = nn.LSTM(4, 5, bidirectional=True, batch_first=True)
        self.o = nn.Linear(10, 4)
        self.tr = nn.Parameter(R(4, 4))

    def forward(self, x):
        e = self.o(self.l(self.e(x))[0])
        a = e[:, 0]
        back = []
        for i in range(1, 4):
            m, k = (a.unsqueeze(2) + self.tr).max(1)
            a = m + e[:, i]
            back.append(k)
        best = a.argmax(1)
        path = [best]
        for k in reversed(back):
            best = k.gather(1, best.unsqueeze(1)).squeeze(1)
            path.append(best)
        return (torch.stack(path[::-1], 1), torch.logsumexp(a, 1))


@net(lambda t, b: (tokens(12, b, 3, t),), dynamic={0: {0: 'b', 2: 't'}})
class CharWord(nn.Module):
    """Characters of words through convolution and highway, words through a BiLSTM."""

    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(12, 4)
        self.c = nn.Conv1d(4, 5, 3, padding=1)
        self.l = nn.LSTM(5, 4, bidirectional=True, batch_first=True)
        self.hw = nn.Linear(5, 10)

    def forward(self, x):
        b, w, c = x.shape
        y = self.c(self.e(x.view(b * w, c)).transpose(1, 2)).max(-1).values
        p, g = self.hw(y).chunk(2, -1)
        g = g.sigmoid()
        y = g * F.elu(p) + (1 - g) * y
        return self.l(y.view(b, w, -1))[0]


@net(lambda t, b: (R(b, 2 * t, 5),), dynamic={0: {0: 'b', 1: 't'}}, sizes=((4, 2), (6, 1)))
class PyramidLas(nn.Module):
    """Two steps of time joined into one between layers."""

    def __init__(self):
        super().__init__()
        self.a = nn.LSTM(5, 4, bidirectional=True, batch_first=True)
        self.b = nn.LSTM(16, 4, bidirectional=True, batch_first=True)

    def forward(self, x):
        y, _ = self.a(x)
        b, t, c = y.shape
        return self.b(y.reshape(b, t // 2, c * 2))[0]
