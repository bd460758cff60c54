"""
Trains `overdrive.nam`, an LSTM of 16 units, on `circuit.py`: python3 models/overdrive/train.py [minutes]

Needs PyTorch, NumPy and SciPy. Writes ../overdrive.nam and metrics.json: the error on a line that training never heard.
"""
import json
import pathlib
import sys
import time

import numpy
import torch
from circuit import RATE, guitar, overdrive

HERE = pathlib.Path(__file__).parent
UNITS = 16
BATCH = 48
# Steps of one window, and those before the loss is taken: the state settles.
STEPS, SETTLING = 1536, 256
MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 12.0


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rec = torch.nn.LSTM(1, UNITS, batch_first=True)
        self.lin = torch.nn.Linear(UNITS, 1)

    def forward(self, x):
        return self.lin(self.rec(x)[0])


def error_to_signal(y, wanted):
    return ((y - wanted) ** 2).mean() / (wanted**2).mean()


def write(net, metrics):
    """The order of NeuralAmpModelerCore's lstm.cpp: both products side by side, the bias, h, c, the head."""
    state = net.state_dict()
    sides = torch.cat([state["rec.weight_ih_l0"], state["rec.weight_hh_l0"]], 1).flatten()
    bias = state["rec.bias_ih_l0"] + state["rec.bias_hh_l0"]
    rest = torch.zeros(2 * UNITS)
    weights = torch.cat([sides, bias, rest, state["lin.weight"].flatten(), state["lin.bias"]])
    file = {
        "version": "0.5.4",
        "metadata": {"name": "Overdrive, trained on models/overdrive/circuit.py", "license": "MIT"},
        "architecture": "LSTM",
        "config": {"input_size": 1, "hidden_size": UNITS, "num_layers": 1},
        "weights": [float(f"{weight:.6g}") for weight in weights.tolist()],
        "sample_rate": RATE,
    }
    (HERE.parent / "overdrive.nam").write_text(json.dumps(file, separators=(",", ":")) + "\n")
    (HERE / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    rng = numpy.random.default_rng(1)
    heard = numpy.concatenate([guitar(rng, 20) for _ in range(12)])
    wanted = overdrive(heard)
    unheard = guitar(numpy.random.default_rng(2), 8)
    held = torch.tensor(unheard, dtype=torch.float32)[None, :, None]
    held_wanted = torch.tensor(overdrive(unheard), dtype=torch.float32)[None, :, None]
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=6e-3)
    began, step = time.time(), 0
    while (share := (time.time() - began) / (60 * MINUTES)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 5e-5 + 6e-3 * 0.5 * (1 + numpy.cos(numpy.pi * share))
        starts = rng.integers(0, len(heard) - STEPS, BATCH)
        window = lambda track: torch.tensor(
            numpy.stack([track[start : start + STEPS] for start in starts]), dtype=torch.float32
        )[:, :, None]
        x, y = window(heard), window(wanted)
        given = net(x)[:, SETTLING:]
        y = y[:, SETTLING:]
        # The treble counts as much as the bass: the error of the differences as well.
        loss = error_to_signal(given, y) + error_to_signal(given.diff(dim=1), y.diff(dim=1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"step {step}, {100 * share:.0f} %: {loss.item():.4f}", flush=True)
    with torch.no_grad():
        esr = error_to_signal(net(held), held_wanted).item()
    metrics = {"error_to_signal": esr, "steps": step, "minutes": MINUTES, "parameters": sum(p.numel() for p in net.parameters()), "torch": torch.__version__}
    print(metrics)
    write(net, metrics)


main()
