"""Pools, LayerNorm, losses, optimisers, groups and metrics of classification, by PyTorch and scikit-learn.

Writes tasks.json beside itself: python3 tasks.py
"""

import json
import pathlib

import torch
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import StandardScaler

torch.manual_seed(11)
F = torch.nn.functional
LENGTHS = [5, 2, 4]
STEPS, BATCH, INPUTS, SIZE, CLASSES = 5, 3, 3, 4, 3


def plain(tensor):
    return [list(tensor.shape), tensor.detach().flatten().tolist()]


class Classifier(torch.nn.Module):
    """LSTM, LayerNorm, a pool over the valid steps, Linear: names as those of our Sequential."""

    def __init__(self, pool, bidirectional):
        super().__init__()
        width = SIZE * (2 if bidirectional else 1)
        self.pool = pool
        self.add_module("0", torch.nn.LSTM(INPUTS, SIZE, bidirectional=bidirectional))
        self.add_module("1", torch.nn.LayerNorm(width))
        if pool == "attention":
            self.add_module("2", torch.nn.Linear(width, 1, bias=False))
        self.add_module("3", torch.nn.Linear(width, CLASSES))
        with torch.no_grad():
            getattr(self, "1").weight.uniform_(0.5, 1.5)
            getattr(self, "1").bias.uniform_(-0.5, 0.5)

    def forward(self, x):
        lstm, norm, last = (getattr(self, name) for name in "013")
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, LENGTHS, enforce_sorted=False)
        out, _ = torch.nn.utils.rnn.pad_packed_sequence(lstm(packed)[0])
        rows = []
        for b, length in enumerate(LENGTHS):
            y = norm(out[:length, b])
            if self.pool == "last":
                half = SIZE if lstm.bidirectional else y.shape[1]
                rows.append(torch.cat([y[-1, :half], y[0, half:]]))
            elif self.pool == "mean":
                rows.append(y.mean(0))
            elif self.pool == "max":
                rows.append(y.max(0).values)
            else:
                share = torch.softmax(getattr(self, "2")(y), 0)
                rows.append((share * y).sum(0))
        return last(torch.stack(rows))


def classify(pool, bidirectional):
    model = Classifier(pool, bidirectional)
    weights = {key: plain(value) for key, value in model.state_dict().items()}
    model.double()
    x = torch.randn(STEPS, BATCH, INPUTS)
    target = torch.tensor([2, 0, 1])
    output = model(x.double())
    loss = F.cross_entropy(output, target, weight=torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64))
    loss.backward()
    gradients = {key: plain(value.grad) for key, value in model.named_parameters()}
    return {"pool": pool, "bidirectional": bidirectional, "weights": weights, "input": plain(x), "target": target.tolist(),
            "output": plain(output), "loss": float(loss), "gradients": gradients}


def loss_case(name, options, make, output, target):
    x = output.double().requires_grad_()
    value = make(x, target)
    value.backward()
    return {"name": name, "options": options, "output": plain(output), "target": plain(target.float()), "value": float(value),
            "gradient": plain(x.grad)}


def losses():
    logits, labels = torch.randn(4, 2) * 3, torch.rand(4, 2)
    probabilities = torch.rand(4, 2) * 0.98 + 0.01
    classes, wanted = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 1, -100])
    weight = torch.tensor([0.5, 1, 2, 3], dtype=torch.float64)
    values = torch.randn(5, 6), torch.randn(5, 2)
    q = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)

    def pinball(x, y):
        d = y.double().unsqueeze(-1) - x.reshape(5, 2, 3)
        return torch.maximum(q * d, (q - 1) * d).mean()

    return [
        loss_case("bce", {}, lambda x, y: F.binary_cross_entropy_with_logits(x, y.double()), logits, labels),
        loss_case("bce", {"positiveWeight": 3}, lambda x, y: F.binary_cross_entropy_with_logits(
            x, y.double(), pos_weight=torch.tensor(3.0, dtype=torch.float64)), logits, labels),
        loss_case("bce", {"logits": False}, lambda x, y: F.binary_cross_entropy(x, y.double()), probabilities, labels),
        loss_case("crossEntropy", {"classWeights": weight.tolist()}, lambda x, y: F.cross_entropy(x, y, weight), classes, wanted),
        loss_case("crossEntropy", {"classWeights": weight.tolist(), "labelSmoothing": 0.2},
                  lambda x, y: F.cross_entropy(x, y, weight, label_smoothing=0.2), classes, wanted),
        loss_case("quantile", {"quantiles": [0.1, 0.5, 0.9]}, pinball, *values),
        loss_case("huber", {"delta": 0.7}, lambda x, y: F.huber_loss(x, y.double(), delta=0.7), values[1], torch.randn(5, 2)),
    ]


def optimise(name, options, make):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    weights = {key: plain(value) for key, value in model.state_dict().items()}
    model.double()
    x, y = torch.randn(6, 3), torch.randn(6, 2)
    optimizer = make(model)
    for _ in range(8):
        optimizer.zero_grad()
        F.mse_loss(model(x.double()), y.double()).backward()
        optimizer.step()
    after = {key: plain(value) for key, value in model.state_dict().items()}
    return {"name": name, "options": options, "weights": weights, "x": plain(x), "y": plain(y), "after": after}


def groups(model):
    return torch.optim.AdamW([
        {"params": model[0].parameters(), "lr": 0.001, "weight_decay": 0.5},
        {"params": [model[2].weight]},
        {"params": [model[2].bias], "weight_decay": 0.0},
    ], lr=0.01, weight_decay=0.1)


def frozen(model):
    for parameter in model[0].parameters():
        parameter.requires_grad_(False)
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1, momentum=0.9)


def rms(**options):
    return lambda model: torch.optim.RMSprop(model.parameters(), **options)


def metrics():
    rows, classes = 40, 3
    output, target = torch.randn(rows, classes), torch.randint(0, classes, (rows,))
    said = output.argmax(1)
    logit, binary = torch.randn(rows, 1), torch.randint(0, 2, (rows,))
    return {
        "output": plain(output), "target": plain(target.float()), "accuracy": accuracy_score(target, said),
        "macro": f1_score(target, said, average="macro"), "micro": f1_score(target, said, average="micro"),
        "logit": plain(logit), "binary": plain(binary.float()),
        "binaryAccuracy": accuracy_score(binary, logit[:, 0] > 0), "binaryF1": f1_score(binary, logit[:, 0] > 0),
    }


rows = torch.randn(7, 3) * torch.tensor([1.0, 50.0, 0.01]) + torch.tensor([5.0, -3.0, 100.0])
rows[:, 0] = 2
scaler = StandardScaler().fit(rows.double().numpy())
result = {
    "models": [classify(pool, both) for pool in ["last", "mean", "max", "attention"] for both in [False, True]],
    "losses": losses(),
    "optimisers": [
        optimise("RMSprop", {}, rms()),
        optimise("RMSprop", {"learningRate": 0.02, "momentum": 0.8, "centered": True, "weightDecay": 0.1, "alpha": 0.9},
                 rms(lr=0.02, momentum=0.8, centered=True, weight_decay=0.1, alpha=0.9)),
        optimise("groups", {}, groups),
        optimise("frozen", {}, frozen),
    ],
    "metrics": metrics(),
    "scaler": {"rows": plain(rows), "scaled": plain(torch.tensor(scaler.transform(rows.double().numpy())))},
    "lengths": LENGTHS,
}
text = json.dumps(result, separators=(",", ":"))
pathlib.Path(__file__).with_name("tasks.json").write_text(text + "\n")
print(len(text), "bytes")
