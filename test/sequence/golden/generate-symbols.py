#!/usr/bin/python3
"""Writes symbols.json: models of symbols worked out in exact rationals from their definitions, by counting in the plain
text, and what NLTK 3.8 (Debian's python3-nltk) and numpy make of the same.

    /usr/bin/python3 test/sequence/golden/generate-symbols.py
"""
import json
import pathlib
from collections import Counter
from fractions import Fraction

import numpy as np
from nltk.lm import KneserNeyInterpolated, WittenBellInterpolated
from nltk.util import everygrams

HERE = pathlib.Path(__file__).parent
TEXT = (
    "call me ishmael. some years ago, never mind how long precisely, having little or no money in my purse, and nothing "
    "particular to interest me on shore, i thought i would sail about a little and see the watery part of the world."
)
# Contexts seen and unseen, long and short, at the beginning and the end of the text.
PASTS = ["", "c", "ca", "call me", "e ", "the wor", "ng ", "zz", "q", "little", " a little", "thought i", "orld.", "xyz th", "m"]
ALPHABET = sorted(set(TEXT)) + ["q", "x", "z"]


def following(context):
    """How often each symbol followed the context."""
    n = len(context)
    return Counter(TEXT[i + n] for i in range(len(TEXT) - n) if TEXT[i : i + n] == context)


def preceding(context):
    """Before how many different symbols' extensions to the left each symbol followed the context."""
    n = len(context)
    seen = {(TEXT[i - 1], TEXT[i + n]) for i in range(1, len(TEXT) - n) if TEXT[i : i + n] == context}
    return Counter(symbol for _, symbol in seen)


def witten_bell(past, order):
    p = {symbol: Fraction(1, len(ALPHABET)) for symbol in ALPHABET}
    for n in range(order):
        if n > len(past):
            break
        counts = following(past[len(past) - n :])
        total, different = sum(counts.values()), len(counts)
        if total == 0:
            break
        p = {s: Fraction(counts[s], total + different) + Fraction(different, total + different) * p[s] for s in ALPHABET}
    return p


def adjusted(context, order):
    return following(context) if len(context) == order - 1 else preceding(context)


def estimated_discount(length, order):
    contexts = {TEXT[i : i + length] for i in range(len(TEXT) - length)}
    counts = Counter(count for context in contexts for count in adjusted(context, order).values())
    return Fraction(counts[1], counts[1] + 2 * counts[2]) if counts[1] and counts[2] else Fraction(1, 2)


def kneser_ney(past, order, discount):
    p = {symbol: Fraction(1, len(ALPHABET)) for symbol in ALPHABET}
    for n in range(order):
        if n > len(past):
            break
        counts = adjusted(past[len(past) - n :], order)
        total, different = sum(counts.values()), len(counts)
        if total == 0:
            if not following(past[len(past) - n :]):
                break
            continue
        d = discount if discount is not None else estimated_discount(n, order)
        p = {s: max(counts[s] - d, Fraction(0)) / total + d * different / total * p[s] for s in ALPHABET}
    return p


def unbounded(past, discount=Fraction(24, 25)):
    """From the longest end of the past that is in the text: each end that is seen at more places than the longer one."""
    places = lambda context: sum(TEXT[i : i + len(context)] == context for i in range(len(TEXT) - len(context) + 1))
    contexts, before = [], 0
    for n in range(len(past), -1, -1):
        context = past[len(past) - n :]
        count = places(context) if context else len(TEXT) + 1
        if count > before:
            contexts.append(context)
            before = count
    p = {symbol: Fraction(1, len(ALPHABET)) for symbol in ALPHABET}
    for context in reversed(contexts):
        counts = following(context) if context == contexts[0] else preceding(context)
        total, different = sum(counts.values()), len(counts)
        if total == 0:
            continue
        p = {s: (max(counts[s] - discount, Fraction(0)) + discount * different * p[s]) / total for s in ALPHABET}
    return p


def as_floats(p):
    assert sum(p.values()) == 1
    return [float(p[symbol]) for symbol in ALPHABET]


def nltk_model(kind, order):
    symbols = list(TEXT)
    model = WittenBellInterpolated(order) if kind == "witten-bell" else KneserNeyInterpolated(order, discount=0.1)
    model.fit([list(everygrams(symbols, max_len=order))], vocabulary_text=symbols)
    known = sorted(set(TEXT))
    rows = []
    for past in PASTS:
        context = list(past[-(order - 1) :]) if order > 1 else []
        try:
            row = [model.score(symbol, context) for symbol in known]
        except ZeroDivisionError:  # Its Kneser-Ney cannot do without having seen the context.
            continue
        # NLTK's Kneser-Ney forgets that the first symbols of the text follow nothing: there its sum is not 1.
        if abs(sum(row) - 1) < 1e-12:
            rows.append({"past": past, "probabilities": row})
    return {"smoothing": kind, "order": order, "discount": 0.1, "rows": rows}


def markov(smoothing, text):
    symbols = sorted(set(text))
    index = {symbol: k for k, symbol in enumerate(symbols)}
    counts = np.zeros((len(symbols), len(symbols)))
    for a, b in zip(text, text[1:]):
        counts[index[a], index[b]] += 1
    matrix = (counts + smoothing) / (counts.sum(axis=1, keepdims=True) + smoothing * len(symbols))
    values, vectors = np.linalg.eig(matrix.T)
    stationary = np.real(vectors[:, np.argmin(abs(values - 1))])
    # Expected steps to the first symbol, by iterating their definition until nothing moves.
    hitting = np.zeros(len(symbols))
    for _ in range(200_000):
        following_step = 1 + matrix @ hitting
        following_step[0] = 0
        if np.array_equal(following_step, hitting):
            break
        hitting = following_step
    first = text.count(text[0]) + smoothing
    joint = np.log(first / (len(text) + smoothing * len(symbols)))
    for a, b in zip(text[:60], text[1:60]):
        joint += np.log(matrix[index[a], index[b]])
    return {"text": text, "smoothing": smoothing, "symbols": symbols, "matrix": matrix.tolist(),
            "stationary": list(stationary / stationary.sum()), "steps": np.linalg.matrix_power(matrix, 7).tolist(),
            "hitting": list(hitting), "joint": float(joint)}


rows = lambda model: [{"past": past, "probabilities": as_floats(model(past))} for past in PASTS]
vectors = {
    "text": TEXT,
    "alphabet": ALPHABET,
    "ngrams": [
        {"smoothing": "witten-bell", "order": order, "rows": rows(lambda past: witten_bell(past, order))}
        for order in [1, 2, 3, 5]
    ]
    + [
        {"smoothing": "kneser-ney", "order": order, "discount": discount and float(discount),
         "rows": rows(lambda past: kneser_ney(past, order, discount))}
        for order in [1, 2, 3, 5]
        for discount in [None, Fraction(3, 4)]
    ],
    "unbounded": rows(unbounded),
    "nltk": [nltk_model(kind, order) for kind in ["witten-bell", "kneser-ney"] for order in [2, 3, 4]],
    "markov": [markov(1, TEXT), markov(0.25, "abracadabra"), markov(0, "aabbccabcacb")],
}
(HERE / "symbols.json").write_text(json.dumps(vectors, separators=(",", ":")) + "\n")
