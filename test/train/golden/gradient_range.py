"""Gradients over 1000 steps from 1e-300 to 1e300, and gates of every step, in float64 by PyTorch.

Writes gradient-range.json beside itself: python3 gradient_range.py
"""

import json
import math
import pathlib

import torch

torch.manual_seed(7)
STEPS, BATCH, SIZE, INPUTS = 1000, 2, 6, 2


def norm_of(part):
    """Squares of such numbers are none."""
    most = float(part.abs().max())
    return most * float((part / most).norm()) if most > 0 and math.isfinite(most) else most


def short(tensor):
    """Nine digits hold a float32."""
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def scaled_orthogonal(blocks, scale):
    parts = [torch.linalg.qr(torch.randn(SIZE, SIZE))[0] * scale for _ in range(blocks)]
    return torch.cat(parts)


def flow(name, kind, scale, gate_bias=None, **options):
    layer = getattr(torch.nn, kind)(INPUTS, SIZE, **options)
    with torch.no_grad():
        layer.weight_hh_l0.copy_(scaled_orthogonal(layer.weight_hh_l0.shape[0] // SIZE, scale))
        layer.weight_ih_l0.mul_(0.1)
        layer.bias_hh_l0.zero_()
        layer.bias_ih_l0.zero_()
        if gate_bias is not None:
            layer.bias_ih_l0[SIZE : 2 * SIZE] = gate_bias
        if options.get("nonlinearity") == "relu":
            # Positive, or every unit of such a chain is dead after some steps.
            layer.weight_hh_l0.copy_(torch.rand(SIZE, SIZE) / (SIZE / 2) * scale)
            layer.weight_ih_l0.abs_()
    weights = {key: value.detach().clone() for key, value in layer.state_dict().items()}
    data = torch.rand(STEPS, BATCH, INPUTS) if "nonlinearity" in options else torch.randn(STEPS, BATCH, INPUTS) * 0.1
    cell = layer.double()
    states, state = [], None
    for t in range(STEPS):
        before = state
        if state is None:
            zeros = torch.zeros(1, BATCH, SIZE, dtype=torch.float64)
            before = (zeros, zeros.clone()) if kind == "LSTM" else zeros
        before = tuple(part.detach().requires_grad_() for part in (before if kind == "LSTM" else (before,)))
        out, state = cell(data[t : t + 1].double(), before if kind == "LSTM" else before[0])
        states.append((before, state if kind == "LSTM" else (state,)))
        state = tuple(part.detach() for part in state) if kind == "LSTM" else state.detach()
    seed = torch.full((1, BATCH, SIZE), 1 / math.sqrt(SIZE * BATCH), dtype=torch.float64)
    gradients = [seed] + ([torch.zeros_like(seed)] if kind == "LSTM" else [])
    norms = [[norm_of(part) for part in gradients]]
    for before, after in reversed(states):
        gradients = torch.autograd.grad(after, before, gradients)
        norms.append([norm_of(part) for part in gradients])
    total = sum(float((p.grad**2).sum()) if p.grad is not None else 0 for p in cell.parameters())
    assert total == 0
    return {
        "name": name,
        "kind": kind,
        "options": options,
        "weights": {key: [list(value.shape), short(value)] for key, value in weights.items()},
        "input": short(data),
        "dims": list(data.shape),
        "h": [each[0] for each in norms[::50]],
        **({"c": [each[1] for each in norms[::50]]} if kind == "LSTM" else {}),
    }


def trace(name, kind, steps, batch, **options):
    """Gates by the equations of torch.nn's documentation; their h is compared with the layer's own."""
    layer = getattr(torch.nn, kind)(3, 4, **options)
    data = torch.randn(steps, batch, 3)
    weights = {key: value.detach().clone() for key, value in layer.state_dict().items()}
    layer.double()
    with torch.no_grad():
        expected, _ = layer(data.double())
        rows, traces = data.double(), []
        for level in range(layer.num_layers):
            outputs = []
            for suffix in ["", "_reverse"] if layer.bidirectional else [""]:
                get = lambda part: getattr(layer, f"{part}_l{level}{suffix}")
                h = torch.zeros(batch, get("weight_hh").shape[1], dtype=torch.float64)
                c = torch.zeros(batch, 4, dtype=torch.float64)
                steps_ = range(steps - 1, -1, -1) if suffix else range(steps)
                kept = {}
                for t in steps_:
                    x, r = rows[t] @ get("weight_ih").T + get("bias_ih"), h @ get("weight_hh").T + get("bias_hh")
                    if kind == "LSTM":
                        i, f, g, o = (x + r).chunk(4, 1)
                        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
                        c = f * c + i * g
                        h = o * c.tanh()
                        if layer.proj_size:
                            h = h @ get("weight_hr").T
                        gates = {"input": i, "forget": f, "cell": g, "output": o, "c": c, "h": h}
                    elif kind == "GRU":
                        (xr, xz, xn), (hr, hz, hn) = x.chunk(3, 1), r.chunk(3, 1)
                        reset, update = (xr + hr).sigmoid(), (xz + hz).sigmoid()
                        new = (xn + reset * hn).tanh()
                        h = (1 - update) * new + update * h
                        gates = {"reset": reset, "update": update, "new": new, "h": h}
                    else:
                        h = (x + r).tanh()
                        gates = {"h": h}
                    for key, value in gates.items():
                        kept.setdefault(key, [None] * steps)[t] = value
                outputs.append(torch.stack(kept["h"]))
                traces.append({key: torch.stack(value).flatten().tolist() for key, value in kept.items()})
            rows = torch.cat(outputs, 2)
        assert torch.allclose(rows, expected, atol=1e-12)
    return {
        "name": name,
        "kind": kind,
        "options": {"numLayers": layer.num_layers, "bidirectional": layer.bidirectional, "projSize": layer.proj_size},
        "weights": {key: [list(value.shape), short(value)] for key, value in weights.items()},
        "input": short(data),
        "dims": list(data.shape),
        "traces": traces,
    }


result = {
    "flows": [
        flow("tanh that vanishes to 1e-300", "RNN", 0.501),
        flow("relu that explodes", "RNN", 1.9, nonlinearity="relu"),
        flow("relu that vanishes", "RNN", 0.51, nonlinearity="relu"),
        flow("lstm", "LSTM", 0.5, gate_bias=0.0),
        flow("lstm that keeps", "LSTM", 1.0, gate_bias=5.0),
        flow("gru", "GRU", 0.5),
        flow("gru that keeps", "GRU", 1.0, gate_bias=5.0),
    ],
    "traces": [
        trace("rnn", "RNN", 5, 2),
        trace("gru, two layers, both directions", "GRU", 5, 2, num_layers=2, bidirectional=True),
        trace("lstm, projected, two layers", "LSTM", 6, 3, num_layers=2, proj_size=2),
    ],
}
for each in result["flows"]:
    print(each["name"], each["h"][1], each["h"][-1])
text = json.dumps(result, separators=(",", ":"))
pathlib.Path(__file__).with_name("gradient-range.json").write_text(text + "\n")
print(len(text), "bytes")
