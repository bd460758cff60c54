"""
Lets the programs that train amplifiers write files, and their networks say what these give.

    python test/amplifier/generate.py torch     neural-amp-modeler and PyTorch: cases-torch.json
    python test/amplifier/generate.py keras     Keras: cases-keras.json
    python test/amplifier/generate.py rates     PyTorch's cells, states delayed as RTNeural does: cases-rates.json

Each case holds the file as it is written, an input, and the output in float64. Versions: test/golden/requirements.txt.
"""
import json
import pathlib
import sys
from unittest.mock import MagicMock

import numpy

HERE = pathlib.Path(__file__).parent
STEPS = 40


def signal(rng, inputs=1):
    return (rng.standard_normal((STEPS, inputs)) * 0.5).astype(numpy.float32)


def rounded(values):
    return [float(value) for value in numpy.asarray(values, dtype=numpy.float64).reshape(-1)]


def nam_case(name, hidden, layers, rng):
    import torch
    from nam.models.recurrent import LSTM

    torch.manual_seed(hidden)
    net = LSTM(hidden, num_layers=layers, sample_rate=44100 if layers == 2 else 48000)
    net._get_initial_state_burn_in = 100
    for parameter in net.parameters():
        parameter.data = torch.randn_like(parameter) * 0.4
    net.eval()
    # What `export` writes, without the loudness it measures with a recording.
    file = {"version": "0.5.4", "metadata": {"name": name}, "architecture": net._get_export_architecture(),
            "config": net._export_config(), "weights": net._export_weights().tolist()}
    if net.sample_rate is not None:
        file["sample_rate"] = net.sample_rate
    # Read back as Neural Amp Modeler reads it: what is in the file is what counts.
    again = LSTM(hidden, num_layers=layers)
    again.import_weights(numpy.array(file["weights"]))
    again = again.double().eval()
    x = signal(rng)
    state = (again._initial_hidden.unsqueeze(1), again._initial_cell.unsqueeze(1))
    with torch.no_grad():
        features, _ = again._core(torch.tensor(x[None], dtype=torch.float64), tuple(s.contiguous() for s in state))
        y = again._head(features)
    return {"name": name, "file": json.loads(json.dumps(file)), "input": rounded(x), "output": rounded(y)}


def guitarml_case(name, unit, hidden, skip, inputs, rng):
    """As CoreAudioML/networks.py of Automated-GuitarAmpModelling writes and computes it."""
    import torch

    torch.manual_seed(hidden)
    rec = getattr(torch.nn, unit)(inputs, hidden)
    lin = torch.nn.Linear(hidden, 1)
    dict_ = {f"rec.{k}": v.tolist() for k, v in rec.state_dict().items()}
    dict_.update({f"lin.{k}": v.tolist() for k, v in lin.state_dict().items()})
    data = {"model": "SimpleRNN", "input_size": inputs, "skip": skip, "output_size": 1, "unit_type": unit,
            "num_layers": 1, "hidden_size": hidden, "bias_fl": True}
    x = signal(rng, inputs)
    with torch.no_grad():
        samples = torch.tensor(x[:, None], dtype=torch.float64)
        y = lin.double()(rec.double()(samples)[0])
        if skip:
            y = y + samples[:, :, :1]
    return {"name": name, "file": {"model_data": data, "state_dict": dict_}, "input": rounded(x), "output": rounded(y)}


def rtneural_case(name, unit, units, activation, rng):
    """As python/model_utils.py of RTNeural writes it: the weights of each layer of Keras as lists."""
    import keras

    keras.utils.set_random_seed(units)
    recurrent = getattr(keras.layers, unit)(units, return_sequences=True, dtype="float64")
    dense = keras.layers.Dense(1, activation=activation or None, dtype="float64")
    model = keras.Sequential([keras.Input((STEPS, 1)), recurrent, dense])
    for layer in model.layers:
        layer.set_weights([(rng.standard_normal(w.shape) * 0.4).astype(numpy.float32) for w in layer.get_weights()])
    layers = [
        {"type": unit.lower(), "activation": "", "shape": [None, None, units],
         "weights": [w.tolist() for w in recurrent.get_weights()]},
        {"type": "dense", "activation": activation, "shape": [None, None, 1], "weights": [w.tolist() for w in dense.get_weights()]},
    ]
    x = signal(rng)
    y = model(x[None].astype(numpy.float64))
    return {"name": name, "file": {"in_shape": [None, None, 1], "layers": layers}, "input": rounded(x), "output": rounded(y)}


def without_training():
    """The package imports what it trains with; what is not installed is not needed to write a file."""
    for module in ("nam.train", "nam.train.core", "nam.train.lightning_module"):
        sys.modules[module] = MagicMock()
    while True:
        try:
            import nam.models.recurrent  # noqa: F401
            return
        except ModuleNotFoundError as error:
            sys.modules[error.name] = MagicMock()


def torch_cases():
    without_training()
    rng = numpy.random.default_rng(1)
    yield nam_case("nam-8", 8, 1, rng)
    yield nam_case("nam-5-two-layers", 5, 2, rng)
    yield guitarml_case("guitarml-lstm-skip", "LSTM", 12, 1, 1, rng)
    yield guitarml_case("guitarml-lstm", "LSTM", 7, 0, 1, rng)
    yield guitarml_case("guitarml-gru-skip", "GRU", 6, 1, 1, rng)
    yield guitarml_case("guitarml-knob", "LSTM", 6, 1, 2, rng)


def keras_cases():
    rng = numpy.random.default_rng(2)
    yield rtneural_case("rtneural-lstm", "LSTM", 9, "", rng)
    yield rtneural_case("rtneural-gru", "GRU", 7, "", rng)
    yield rtneural_case("rtneural-lstm-tanh", "LSTM", 4, "tanh", rng)


def rate_case(case, rate, model_rate, prewarm, knob):
    """
    The file of another case at another sample rate, in float64: PyTorch's cells, one for each layer, whose states come back
    `rate / model_rate` samples later, between whole samples linearly (RTNeural, lstm.h, `processDelay`).
    """
    import torch

    file = case["file"]
    data = file.get("model_data") or {"unit_type": "LSTM", **file["config"]}
    hidden, inputs, layers = data["hidden_size"], data["input_size"], data.get("num_layers", 1)
    layer_type = getattr(torch.nn, data["unit_type"] + "Cell")
    cells, states = [], []
    if "weights" in file:
        numbers = torch.tensor(file["weights"], dtype=torch.float64)
        take = lambda count: (numbers[take.at:take.at + count], setattr(take, "at", take.at + count))[0]
        take.at = 0
        for layer in range(layers):
            width = inputs if layer == 0 else hidden
            cell = layer_type(width, hidden).double()
            w = take(4 * hidden * (width + hidden)).reshape(4 * hidden, -1)
            cell.weight_ih.data, cell.weight_hh.data = w[:, :width], w[:, width:]
            cell.bias_ih.data, cell.bias_hh.data = take(4 * hidden), torch.zeros(4 * hidden, dtype=torch.float64)
            cells.append(cell)
            states.append(torch.stack([take(hidden), take(hidden)]))
        weight, bias = take(hidden), take(1)
    else:
        dict_ = {k: torch.tensor(v, dtype=torch.float32).double() for k, v in file["state_dict"].items()}
        for layer in range(layers):
            cell = layer_type(inputs if layer == 0 else hidden, hidden).double()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(cell, name).data = dict_[f"rec.{name}_l{layer}"]
            cells.append(cell)
            states.append(torch.zeros(2, hidden, dtype=torch.float64))
        weight, bias = dict_["lin.weight"][0], dict_["lin.bias"]
    delay = max(1, rate / model_rate)
    whole, part = int(delay), delay - int(delay)
    pasts = [[state] * (whole + 1) for state in states]
    knobs = [knob] * (inputs - 1)
    dry = case["input"][::inputs]
    samples = [0.0] * prewarm + dry
    out = []
    with torch.no_grad():
        for sample in samples:
            x = torch.tensor([sample] + knobs, dtype=torch.float64)
            for layer, cell in enumerate(cells):
                past = pasts[layer]
                h, c = states[layer]
                new = cell(x, (h, c)) if isinstance(cell, torch.nn.LSTMCell) else (cell(x, h), c)
                past.append(torch.stack(list(new)))
                states[layer] = (1 - part) * past[-whole] + part * past[-whole - 1]
                x = states[layer][0]
            out.append((weight @ x + bias).item() + (sample if data.get("skip") else 0))
    return {"name": f"{case['name']}, {rate} Hz", "of": case["name"], "sampleRate": rate, "modelRate": model_rate,
            "prewarm": prewarm, "controls": knobs, "input": dry, "output": out[prewarm:]}


def rate_cases():
    by_name = {case["name"]: case for case in json.loads((HERE / "cases-torch.json").read_text())}
    for name, rate, model_rate, prewarm in [
        ("nam-8", 48000, 48000, 480),
        ("nam-8", 96000, 48000, 0),
        ("nam-8", 72000, 48000, 360),
        ("nam-8", 192000, 48000, 0),
        ("nam-8", 44100, 48000, 0),
        ("nam-5-two-layers", 48000, 44100, 0),
        ("nam-5-two-layers", 96000, 44100, 96),
        ("guitarml-lstm-skip", 48000, 44100, 0),
        ("guitarml-gru-skip", 88200, 44100, 0),
        ("guitarml-gru-skip", 48000, 44100, 48),
        ("guitarml-knob", 96000, 44100, 0),
    ]:
        yield rate_case(by_name[name], rate, model_rate, prewarm, 0.5)


def main():
    which = sys.argv[1]
    rows = list({"torch": torch_cases, "keras": keras_cases, "rates": rate_cases}[which]())
    (HERE / f"cases-{which}.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")
    print(f"{len(rows)} cases")


if __name__ == "__main__":
    main()
