"""Writes small-VERSION.json.gz: small models as a Keras and tensorflowjs write them, inputs, and what that Keras gives.

    PYTHONPATH=TFJS python test/keras/generate.py keras-3.15          (keras 3.15.1, tensorflowjs 4.22.0)
    PYTHONPATH=TFJS python test/keras/generate.py tf-keras            (tf-keras 2.21.0, tensorflowjs 4.22.0)
    python test/keras/generate.py keras-2.13                          (tensorflow-cpu 2.13.1: the first layout of .keras)
    node test/keras/run-tfjs.js
    python test/keras/generate.py keras-3.15 nested                   only cases with "nested" in their names; the others stay

Every model is there as model.json with one shard; a few are there as `.keras` and `.h5` as well, and with quantised weights.
Numbers are base64 of float32. Every weight is drawn, so that none is at its default.
"""

import base64
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any, Dict, List, Optional

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''
WHICH = sys.argv[1]

import numpy as np  # noqa: E402

if WHICH == 'tf-keras':
    import tf_keras as keras
else:
    import keras

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / 'generator'))
import archive  # noqa: E402
from cases import BATCH, STEPS, TOKENS, Models, flat  # noqa: E402

DIALECT = int(keras.__version__[0])
#: As people build them: these come in every format.
EVERY_FORMAT = {'LSTM', 'GRU-bidirectional-concat', 'SimpleRNN-masked', 'stacked-cells', 'nested-models', 'nested-namesakes', 'shared-layer',
                'encoder-decoder', 'text-classifier', 'convolutional-recurrent', 'TimeDistributed-BatchNormalization',
                'TimeDistributed-bidirectional', 'LSTM-bidirectional-backward_layer', 'nested-sequential', 'called-with-dicts'}
#: Its .keras files alone are of interest.
FIRST_LAYOUT = WHICH == 'keras-2.13'


def packed(array: Any) -> Dict[str, Any]:
    array = np.asarray(array)
    return {'dims': list(array.shape), 'data': base64.b64encode(np.ascontiguousarray(array, dtype=np.float32).tobytes()).decode()}


def draw_weights(model: Any, rng: np.random.Generator) -> None:
    for weight in model.weights:
        value = weight.numpy()
        if value.dtype == np.float32:
            drawn = rng.uniform(-0.7, 0.7, value.shape).astype(np.float32)
            weight.assign(np.abs(drawn) + np.float32(0.1) if 'variance' in getattr(weight, 'path', weight.name) else drawn)


def draw_inputs(model: Any, rng: np.random.Generator) -> Dict[str, np.ndarray]:
    """Tokens where there is an Embedding for them, else numbers; some steps to be masked."""
    classes = {layer.__class__.__name__: layer for layer in model.layers}
    inputs = {}
    for tensor in model.inputs:
        name = tensor._keras_history.operation.name if DIALECT == 3 else tensor.name.split(':')[0]
        dims = [BATCH, *[dim or STEPS + 1 for dim in tensor.shape[1:]]]
        if 'Embedding' in classes and len(dims) == 2:
            # Padding before, between and after; one sequence of padding alone.
            ids = rng.integers(1, TOKENS, dims)
            ids[0, -2:] = 0
            ids[1, [0, 2]] = 0
            ids[2] = 0
            inputs[name] = ids.astype(np.float32)
        else:
            array = rng.uniform(-1.5, 1.5, dims).astype(np.float32)
            if 'Masking' in classes:
                value = classes['Masking'].mask_value
                array[0, 1:3] = value
                array[1, -1] = value
                array[1, 0, 0] = value
            inputs[name] = array
    return inputs


def outputs_of(model: Any, inputs: Dict[str, np.ndarray]) -> List[Any]:
    given = list(inputs.values())
    given = [array.astype(np.dtype(getattr(tensor.dtype, 'name', tensor.dtype))) for array, tensor in zip(given, model.inputs)]
    result = model(given if len(given) > 1 else given[0])
    # The files are of a model that has not run.
    for layer in model.layers:
        if getattr(layer, 'stateful', False) and hasattr(layer, 'cell'):
            layer.reset_states() if DIALECT == 2 else layer.reset_state()
    return flat(result)


def written(model: Any, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f'model{ending}')
        model.save(path)
        with open(path, 'rb') as file:
            return file.read()


def case_of(name: str, model: Any, rng: np.random.Generator, quantised: Optional[str] = None, shard_bytes: int = 1 << 22) -> Dict[str, Any]:
    draw_weights(model, rng)
    inputs = draw_inputs(model, rng)
    outputs = outputs_of(model, inputs)
    # In one group the weights of models in models may have one name twice, which Keras then refuses to write.
    h5 = None if FIRST_LAYOUT else written(model, '.h5')
    files: Dict[str, str] = {}
    every = name in EVERY_FORMAT
    if every and h5:
        files['h5'] = base64.b64encode(h5).decode()
    if every and (DIALECT == 3 or FIRST_LAYOUT):
        files['keras'] = base64.b64encode(written(model, '.keras')).decode()
    case: Dict[str, Any] = {'name': name, 'dialect': DIALECT}
    if h5:
        from by_tensorflowjs import converted, loaded
        made = converted(h5, quantised, shard_bytes)
        if quantised:
            outputs = outputs_of(loaded(made), inputs)
        case.update(model=json.loads(made['model']), shards=made['shards'])
    return {**case, 'files': files, 'inputs': {key: packed(array) for key, array in inputs.items()}, 'outputs': [packed(each) for each in outputs]}


def main() -> None:
    cases, left_out, order = [], [], []
    only = sys.argv[2] if len(sys.argv) > 2 else ''
    makers = [(name, name, make, None) for name, make in Models(keras).all() if name in EVERY_FORMAT or not FIRST_LAYOUT]
    if WHICH == 'tf-keras':
        classifier = dict(Models(keras).all())['text-classifier']
        makers += [(f'{how} weights in shards', 'quantised', classifier, how) for how in ('uint8', 'uint16', 'float16')]
    for label, name, make, quantised in makers:
        written_name, converted_name = label if quantised else f'{label}, Keras {"2.13" if FIRST_LAYOUT else DIALECT}', f'{label}, converted .keras'
        order += [written_name, converted_name]
        if only not in label:
            continue
        keras.backend.clear_session()
        # Of its own for each case, so that a new one leaves the others as they are.
        rng = np.random.default_rng(zlib.crc32(label.encode()))
        try:
            case = case_of(name, make(), rng, quantised, 256 if quantised else 1 << 22)
        except Exception as error:  # noqa: BLE001: what this Keras cannot do is no case of it
            left_out.append(f'{label}: {type(error).__name__} {str(error)[:150]!r}')
            continue
        cases.append({**case, 'name': written_name})
        if DIALECT == 3 and 'keras' in case['files']:
            from by_tensorflowjs import converted
            made = converted(base64.b64decode(case['files']['keras']))
            cases.append({**case, 'name': converted_name, 'files': {}, 'model': json.loads(made['model']), 'shards': made['shards']})
    path = str(HERE / f'small-{WHICH}.json.gz')
    whole = archive.joined(path, cases, order) if only else cases
    size = archive.write(path, '[\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in whole) + '\n]\n')
    print(f'Keras {keras.__version__}: {len(cases)} cases made, {len(whole)} in the archive, {size} bytes')
    for line in left_out:
        print('  left out:', line)


if __name__ == '__main__':
    main()
