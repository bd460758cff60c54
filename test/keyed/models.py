"""Models of ONNX and Keras for test/keyed/models.ts, with what PyTorch and Keras give for every key. Writes models.json.

    python test/keyed/models.py onnx     in the environment of PyTorch
    python test/keyed/models.py keras    in the environment of Keras
"""
import base64
import io
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("models.json")
INPUT, HIDDEN, OUTPUT = 3, 5, 2
KEYS, EVENTS = 7, 90

rng = np.random.default_rng(3)
events = [(f"key-{rng.integers(KEYS)}", rng.uniform(-1, 1, INPUT).astype(np.float32)) for _ in range(EVENTS)]


def outputs_of(whole_sequence):
    """The outputs of every event, from the whole sequence of its key at once."""
    outputs = {}
    for key in sorted({key for key, _ in events}):
        x = np.stack([x for other, x in events if other == key])
        outputs[key] = [[float(v) for v in row] for row in whole_sequence(x)]
    return outputs


def by_onnx():
    import torch

    torch.manual_seed(1)
    gru, linear = torch.nn.GRU(INPUT, HIDDEN, batch_first=True), torch.nn.Linear(HIDDEN, OUTPUT)

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.linear = gru, linear

        def forward(self, x, h):
            y, h = self.gru(x, h)
            return self.linear(y), h

    file = io.BytesIO()
    dynamic = {"x": {0: "batch"}, "h": {1: "batch"}, "y": {0: "batch"}, "h_out": {1: "batch"}}
    torch.onnx.export(Step().eval(), (torch.zeros(1, 1, INPUT), torch.zeros(1, 1, HIDDEN)), file, dynamo=False,
                      input_names=["x", "h"], output_names=["y", "h_out"], dynamic_axes=dynamic)

    @torch.no_grad()
    def whole(x):
        return linear(gru(torch.from_numpy(x)[None])[0])[0].numpy()

    return file.getvalue(), whole


def by_keras():
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((None, INPUT)), keras.layers.LSTM(HIDDEN, return_sequences=True), keras.layers.Dense(OUTPUT)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes(), lambda x: model.predict(x[None], verbose=0)[0]


kind = sys.argv[1]
model, whole = by_onnx() if kind == "onnx" else by_keras()
kept = json.loads(FILE.read_text()) if FILE.exists() else {}
kept["events"] = [[key, [float(v) for v in x]] for key, x in events]
kept[kind] = {"model": base64.b64encode(model).decode(), "outputs": outputs_of(whole)}
FILE.write_text(json.dumps(dict(sorted(kept.items()))) + "\n")
