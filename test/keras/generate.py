"""Writes cases.json.gz: models as TensorFlow.js and Keras lay them out, inputs, and what Keras' formulas give in float64.

    /usr/bin/python3 test/keras/generate.py && node test/keras/run-tfjs.js

Needs numpy and h5py. Every model is there as model.json with one shard; a few are there as `.keras` and `.h5` as well, in the
dialects of Keras 2 and 3, and with quantised weights. Numbers are base64 of float32 (int32 for whole numbers).
"""

import base64
import gzip
import json
import sys
from pathlib import Path
from typing import Any, Dict, List

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from generator.cases import STEPS, TOKENS, Maker, all_cases  # noqa: E402
from generator.reference import run_model  # noqa: E402
from generator.writer import keras_file, layers_of, legacy_file, quantised, tfjs_files  # noqa: E402

HERE = Path(__file__).parent
BATCH = 3
# As people build them: these come in every format.
EVERY_FORMAT = {'LSTM', 'GRU-bidirectional-concat', 'SimpleRNN-masked', 'stacked-cells', 'nested-models', 'shared-layer',
                'encoder-decoder', 'text-classifier', 'convolutional-recurrent', 'TimeDistributed-BatchNormalization',
                'LSTM-bidirectional-backward_layer', 'nested-sequential'}


def packed(array: np.ndarray, dtype: Any = np.float32) -> Dict[str, Any]:
    return {'dims': list(array.shape), 'data': base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()}


def draw_inputs(model: Dict[str, Any], rng: np.random.Generator) -> Dict[str, np.ndarray]:
    """Tokens for an input of one free dimension that an Embedding reads, numbers for the others; some steps to be masked."""
    readers = {source[0]: layer for layer, sources, _ in model['nodes'] for source in sources}
    inputs = {}
    for name in model['inputs']:
        dims = [BATCH, *[dim or STEPS + 1 for dim in model['shapes'][name][0][1:]]]
        kind = readers.get(name, {}).get('class_name')
        if kind == 'Embedding':
            ids = rng.integers(1, TOKENS, dims)
            # Padding before, between and after; one sequence of padding alone.
            ids[0, -2:] = 0
            ids[1, [0, 2]] = 0
            ids[2] = 0
            inputs[name] = ids.astype(np.float32)
        else:
            array = rng.uniform(-1.5, 1.5, dims).astype(np.float32)
            if kind == 'Masking':
                array[0, 1:3] = readers[name]['config']['mask_value']
                array[1, -1] = readers[name]['config']['mask_value']
                array[1, 0, 0] = readers[name]['config']['mask_value']
            inputs[name] = array
    return inputs


def expected(model: Dict[str, Any], inputs: Dict[str, np.ndarray], dialect: int) -> List[np.ndarray]:
    values = [(inputs[name].astype(np.float64), None) for name in model['inputs']]
    return [array for array, _ in run_model(model, values, dialect)]


def with_weights(model: Dict[str, Any], change: Any) -> Dict[str, Any]:
    """The same model, every weight changed."""
    def of(layer: Dict[str, Any]) -> Dict[str, Any]:
        changed = dict(layer)
        if layer.get('weights'):
            changed['weights'] = [(name, change(array)) for name, array in layer['weights']]
        for part in ('forward', 'backward', 'layer'):
            if part in layer:
                changed[part] = of(layer[part])
        if 'cell' in layer:
            changed['cell'] = [of(c) for c in layer['cell']] if isinstance(layer['cell'], list) else of(layer['cell'])
        if 'nodes' in layer:
            own = {other['config']['name']: of(other) for other in layers_of(layer)}
            changed['nodes'] = [(own[other['config']['name']], a, b) for other, a, b in layer['nodes']]
        return changed
    return of(model)


def main() -> None:
    cases = []
    for seed, (name, make) in enumerate(all_cases()):
        model = make(Maker(seed))
        # Both dialects come by turns; what only one of them has, or has otherwise, is tried in both.
        both = name in EVERY_FORMAT or 'hard_sigmoid' in name or 'masked' in name
        for dialect in (2, 3) if both else (2 + seed % 2,):
            inputs = draw_inputs(model, np.random.default_rng(1000 + seed))
            topology, shards = tfjs_files(model, dialect)
            case: Dict[str, Any] = {'name': f'{name}, Keras {dialect}', 'dialect': dialect}
            case['inputs'] = {key: packed(array) for key, array in inputs.items()}
            case['outputs'] = [packed(array) for array in expected(model, inputs, dialect)]
            files: Dict[str, Any] = {}
            if name in EVERY_FORMAT:
                files['h5'] = base64.b64encode(legacy_file(model, dialect)).decode()
                if dialect == 3:
                    files['keras'] = base64.b64encode(keras_file(model)).decode()
                if dialect == 3 and name == 'LSTM':
                    files['keras 2.13'] = base64.b64encode(
                        keras_file(model, '2.13.1', '_layer_checkpoint_dependencies')).decode()
            case['files'] = files
            case['model'] = topology
            case['shards'] = {path: base64.b64encode(shard).decode() for path, shard in shards.items()}
            cases.append(case)
    for how in ('uint8', 'uint16', 'float16'):
        model = dict(all_cases())['text-classifier'](Maker(7))
        inputs = draw_inputs(model, np.random.default_rng(7))
        topology, shards = tfjs_files(model, 2, how, shards=3)
        meant = with_weights(model, lambda array: quantised(array, how)[2])
        cases.append({'name': f'{how} weights in three shards', 'dialect': 2, 'files': {}, 'model': topology,
                      'inputs': {key: packed(array) for key, array in inputs.items()},
                      'outputs': [packed(array) for array in expected(meant, inputs, 2)],
                      'shards': {path: base64.b64encode(shard).decode() for path, shard in shards.items()}})
    text = '[\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases) + '\n]\n'
    # Without a time in its header the archive is the same at every run.
    squeezed = gzip.compress(text.encode(), mtime=0)
    (HERE / 'cases.json.gz').write_bytes(squeezed)
    print(f'{len(cases)} cases, {len(squeezed)} bytes')


if __name__ == '__main__':
    main()
