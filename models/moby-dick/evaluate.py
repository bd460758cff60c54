"""
Measures models/moby-dick.safetensors on the held-out tenth of the corpus.

    /usr/bin/python3 models/moby-dick/evaluate.py

Protocol: batch 1, state zero before the first held-out character, one pass in order, the state carried through;
characters x[0] … x[N-2] go in, x[1] … x[N-1] are predicted, so N characters give N - 1 predictions. Float32 throughout
the network; log-softmax and the sum of the log-probabilities in float64.
"""
import json
import math
import time

import torch

from corpus import HERE, encode, read_corpus, sha256, split
from tensorfile import load

MODEL = HERE.parent / "moby-dick.safetensors"
CHUNK = 1024
# The first of the held-out characters, measured by themselves as well: enough to see whether a build computes the same.
BEGINNING = 12_000


def build(vocabulary_size, embedding_size, hidden_size):
    return torch.nn.Sequential(
        torch.nn.Embedding(vocabulary_size, embedding_size),
        torch.nn.LSTM(embedding_size, hidden_size, num_layers=2),
        torch.nn.Linear(hidden_size, vocabulary_size),
    )


def load_model(path=MODEL):
    tensors, metadata = load(path)
    vocabulary = json.loads(metadata["vocabulary"])
    model = build(*tensors["0.weight"].shape, tensors["2.weight"].shape[1])
    model.load_state_dict(tensors, strict=True)
    return model.eval(), vocabulary


@torch.no_grad()
def bits_per_character(model, ids):
    """Mean of -log2 p(x[t] | x[0 … t-1]) over t ≥ 1. ids: (N,) for one stream or (N, B) for B of them side by side."""
    embedding, lstm, linear = model
    ids = ids.reshape(len(ids), -1)
    state, total = None, 0.0
    for start in range(0, len(ids) - 1, CHUNK):
        target = ids[start + 1:start + 1 + CHUNK]
        hidden, state = lstm(embedding(ids[start:start + len(target)]), state)
        scores = torch.log_softmax(linear(hidden).double(), dim=-1)
        total -= scores.gather(-1, target.unsqueeze(-1)).sum().item()
    return total / math.log(2) / ((len(ids) - 1) * ids.shape[1])


@torch.no_grad()
def sample(model, vocabulary, prompt, length, temperature, seed):
    """A continuation of the prompt, drawn character by character from the softmax of logits / temperature."""
    embedding, lstm, linear = model
    generator = torch.Generator().manual_seed(seed)
    ids, state, written = encode(prompt, vocabulary).unsqueeze(1), None, prompt
    for _ in range(length):
        hidden, state = lstm(embedding(ids), state)
        chances = torch.softmax(linear(hidden[-1]) / temperature, dim=-1)
        ids = torch.multinomial(chances, 1, generator=generator)
        written += vocabulary[ids.item()]
    return written


def main():
    torch.set_num_threads(1)
    model, vocabulary = load_model()
    text = split(read_corpus())[2]
    started = time.time()
    bits = bits_per_character(model, encode(text, vocabulary))
    print(f"held-out characters  {len(text)}, predictions {len(text) - 1}, sha256 {sha256(text)}")
    print(f"bits per character   {bits:.9f}   (PyTorch {torch.__version__}, {time.time() - started:.1f} s)")
    print(f"first {BEGINNING}         {bits_per_character(model, encode(text[:BEGINNING], vocabulary)):.9f}")


if __name__ == "__main__":
    main()
