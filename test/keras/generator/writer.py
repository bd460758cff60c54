"""Writes models as Keras and TensorFlow.js lay them out: configurations of Keras 2 and 3, `.keras`, legacy `.h5`, model.json.

Sources: keras/src/saving/saving_lib.py and serialization_lib.py (Keras 3), keras/src/legacy/saving/legacy_h5_format.py and
json_utils.py (`.h5`), tfjs-converter's write_weights.py (model.json).
"""

import io
import json
import re
import zipfile
from typing import Any, Dict, Iterator, List, Tuple

import h5py
import numpy as np

Layer = Dict[str, Any]
MODELS = ('Sequential', 'Functional')


def snake_case(name: str) -> str:
    """keras/src/utils/naming.py: to_snake_case."""
    name = re.sub(r'\W+', '', name)
    name = re.sub('(.)([A-Z][a-z]+)', r'\1_\2', name)
    return re.sub('([a-z])([A-Z])', r'\1_\2', name).lower()


# ---- configurations

def dressed(class_name: str, config: Dict[str, Any], dialect: int) -> Dict[str, Any]:
    if dialect == 2:
        return {'class_name': class_name, 'config': config}
    return {'module': 'keras.layers', 'class_name': class_name, 'config': config, 'registered_name': None,
            'build_config': {'input_shape': None}}


def layer_json(layer: Layer, dialect: int) -> Dict[str, Any]:
    kind = layer['class_name']
    if kind in MODELS:
        return {**model_json(layer, dialect), 'name': layer['config']['name']}
    config = {'trainable': True, **layer['config']}
    config['dtype'] = 'float32' if dialect == 2 else {
        'module': 'keras', 'class_name': 'DTypePolicy', 'config': {'name': 'float32'}, 'registered_name': None}
    if kind == 'Bidirectional':
        forward = layer['forward']
        if dialect == 2:  # the layer as it was given; its copies have the prefixes
            name = forward['config']['name'].replace('forward_', '')
            forward = {**forward, 'config': {**forward['config'], 'name': name}}
        config['layer'] = layer_json(forward, dialect)
        if dialect == 3 or layer.get('own_backward'):
            config['backward_layer'] = layer_json(layer['backward'], dialect)
    if kind == 'TimeDistributed':
        config['layer'] = layer_json(layer['layer'], dialect)
    if kind == 'RNN':
        cell = layer['cell']
        cells = [dressed(c['class_name'], c['config'], dialect) for c in (cell if isinstance(cell, list) else [cell])]
        config['cell'] = dressed('StackedRNNCells', {'cells': cells}, dialect) if isinstance(cell, list) else cells[0]
    return dressed(kind, config, dialect)


def input_json(name: str, shape: List[Any], dtype: str, dialect: int) -> Dict[str, Any]:
    key = 'batch_input_shape' if dialect == 2 else 'batch_shape'
    return dressed('InputLayer', {key: shape, 'dtype': dtype, 'sparse': False, 'name': name}, dialect)


def reference_json(ref: Tuple[str, int, int], dialect: int, batch_shape: Any = None) -> Any:
    if dialect == 2:
        return [ref[0], ref[1], ref[2], {}]
    return {'class_name': '__keras_tensor__',
            'config': {'shape': batch_shape, 'dtype': 'float32', 'keras_history': list(ref)}}


def inbound_json(calls: List[Tuple[List[Any], List[Any]]], dialect: int) -> List[Any]:
    if dialect == 2:  # initial states stand behind the sequence
        return [[reference_json(ref, 2) for ref in [*sources, *states]] for sources, states in calls]
    nodes = []
    for sources, states in calls:
        refs = [reference_json(ref, 3) for ref in sources]
        kwargs = {'initial_state': [reference_json(ref, 3) for ref in states]} if states else {}
        nodes.append({'args': [refs if len(refs) > 1 else refs[0]], 'kwargs': kwargs})
    return nodes


def layers_of(model: Layer) -> List[Layer]:
    """Each layer once, in the order of its first call."""
    found: List[Layer] = []
    for layer, _, _ in model['nodes']:
        if layer['config']['name'] not in [other['config']['name'] for other in found]:
            found.append(layer)
    return found


def model_json(model: Layer, dialect: int) -> Dict[str, Any]:
    name = model['config']['name']
    shapes = model['shapes']
    if model['class_name'] == 'Sequential':
        inputs = [input_json(n, *shapes[n], dialect) for n in model['inputs']]
        config = {'name': name, 'layers': inputs + [layer_json(layer, dialect) for layer, _, _ in model['nodes']]}
        return dressed('Sequential', config, dialect)
    layers = [{**input_json(n, *shapes[n], dialect), 'name': n, 'inbound_nodes': []} for n in model['inputs']]
    for layer in layers_of(model):
        own = layer['config']['name']
        calls = [(sources, states) for other, sources, states in model['nodes'] if other['config']['name'] == own]
        layers.append({**layer_json(layer, dialect), 'name': own, 'inbound_nodes': inbound_json(calls, dialect)})
    config = {'name': name, 'trainable': True, 'layers': layers,
              'input_layers': [[n, 0, 0] for n in model['inputs']], 'output_layers': [list(r) for r in model['outputs']]}
    return dressed('Functional', config, dialect)


# ---- weights

Leaf = Tuple[str, str, str, np.ndarray]  # path in Keras 3's store, name by scopes, name of the variable, array


def cells_leaves(layer: Layer, store: str, scope: str, dialect: int) -> Iterator[Leaf]:
    """A recurrent layer's variables are its cells'."""
    kind = layer['class_name']
    if kind != 'RNN':
        for name, array in layer['weights']:
            yield f'{store}/cell', f'{scope}/{snake_case(kind)}_cell', name, array
        return
    cell = layer['cell']
    if not isinstance(cell, list):
        for name, array in cell['weights']:
            yield f'{store}/cell', f'{scope}/{cell["config"]["name"]}', name, array
        return
    counts: Dict[str, int] = {}
    for one in cell:
        snake = snake_case(one['class_name'])
        number = counts.get(snake, 0)
        counts[snake] = number + 1
        place = snake if number == 0 else f'{snake}_{number}'
        for name, array in one['weights']:
            yield f'{store}/cell/cells/{place}', f'{scope}/stacked_rnn_cells/{one["config"]["name"]}', name, array


def leaves(layer: Layer, store: str, scope: str, dialect: int) -> Iterator[Leaf]:
    kind = layer['class_name']
    if kind in MODELS:
        yield from model_leaves(layer, f'{store}/layers', '' if dialect == 2 else scope, dialect)
    elif kind == 'Bidirectional':
        for part, key in (('forward', 'forward_layer'), ('backward', 'backward_layer')):
            inner = layer[part]['config']['name']
            inner = inner if inner.startswith(part) or (part == 'backward' and layer.get('own_backward')) else f'{part}_{inner}'
            yield from cells_leaves(layer[part], f'{store}/{key}', f'{scope}/{inner}', dialect)
    elif kind == 'TimeDistributed':
        inner = layer['layer']
        yield from leaves(inner, f'{store}/layer', scope if dialect == 2 else f'{scope}/{inner["config"]["name"]}', dialect)
    elif kind in ('SimpleRNN', 'LSTM', 'GRU', 'RNN'):
        yield from cells_leaves(layer, store, scope, dialect)
    else:
        for name, array in layer.get('weights', []):
            yield store, scope, name, array


def model_leaves(model: Layer, store: str, scope: str, dialect: int) -> Iterator[Leaf]:
    counts: Dict[str, int] = {}
    for layer in layers_of(model):
        snake = snake_case(layer['class_name'])
        number = counts.get(snake, 0)
        counts[snake] = number + 1
        place = f'{store}/{snake if number == 0 else f"{snake}_{number}"}'
        name = layer['config']['name']
        yield from leaves(layer, place, f'{scope}/{name}' if scope else name, dialect)


def keras_file(model: Layer, version: str = '3.4.1', root: str = 'layers') -> bytes:
    """A `.keras` archive; every layer has a group `vars`, empty where it has no variables of its own."""
    buffer = io.BytesIO()
    with h5py.File(buffer, 'w') as file:
        counts: Dict[str, int] = {}
        for path, _, _, array in model_leaves(model, root, '', 3):
            if root != 'layers':
                path = path.replace('/layers/', f'/{root}/')
            group = file.require_group(f'{path}/vars')
            group[str(counts.get(path, 0))] = array
            counts[path] = counts.get(path, 0) + 1
        file.require_group('vars')
        file.require_group('optimizer/vars')['0'] = np.int64(7)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, 'w') as zf:
        zf.writestr(stamped('metadata.json'), json.dumps({'keras_version': version, 'date_saved': '2026-11-24@12:00:00'}))
        zf.writestr(stamped('config.json'), json.dumps(model_json(model, 3)))
        zf.writestr(stamped('model.weights.h5'), buffer.getvalue(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def stamped(name: str) -> zipfile.ZipInfo:
    """The same bytes at every run."""
    return zipfile.ZipInfo(name, (2026, 11, 24, 12, 0, 0))


def weights_by_layer(model: Layer, dialect: int) -> List[Tuple[str, List[Tuple[str, np.ndarray]]]]:
    """Trainable weights before the others, as layer.weights has them."""
    result = []
    for layer in layers_of(model):
        name = layer['config']['name']
        scope = name if dialect == 2 else f'{model["config"]["name"]}/{name}'
        found = list(leaves(layer, '', scope, dialect))
        found.sort(key=lambda leaf: leaf[2].startswith('moving_'))
        suffix = ':0' if dialect == 2 else ''
        result.append((name, [(f'{scopes}/{variable}{suffix}', array) for _, scopes, variable, array in found]))
    return result


def legacy_file(model: Layer, dialect: int) -> bytes:
    """model.save('x.h5'): the configuration in an attribute, a group for each layer."""
    buffer = io.BytesIO()
    with h5py.File(buffer, 'w') as file:
        file.attrs['keras_version'] = ('2.15.0' if dialect == 2 else '3.4.1').encode()
        file.attrs['backend'] = b'tensorflow'
        file.attrs['model_config'] = json.dumps(model_json(model, dialect)).encode()
        root = file.create_group('model_weights')
        layers = [(name, []) for name in model['inputs']] + weights_by_layer(model, dialect)
        root.attrs['layer_names'] = [name.encode() for name, _ in layers]
        root.attrs['backend'] = b'tensorflow'
        for layer, weights in layers:
            group = root.create_group(layer)
            group.attrs['weight_names'] = [name.encode() for name, _ in weights]
            for name, array in weights:
                dataset = group.create_dataset(name, array.shape, dtype=array.dtype)
                dataset[()] = array
    return buffer.getvalue()


def quantised(array: np.ndarray, how: str) -> Tuple[Dict[str, Any], np.ndarray, np.ndarray]:
    """Manifest entry, stored elements, and the elements that they stand for. Source: tfjs-converter's quantization.py."""
    if how == 'float16':
        stored = array.astype(np.float16)
        return {'dtype': 'float16', 'original_dtype': 'float32'}, stored, stored.astype(np.float32)
    bits = {'uint8': np.uint8, 'uint16': np.uint16}[how]
    low, high = float(array.min()), float(array.max())
    scale = (high - low) / np.iinfo(bits).max or 1.0
    stored = np.round((array - low) / scale).astype(bits)
    entry = {'dtype': how, 'min': low, 'scale': scale, 'original_dtype': 'float32'}
    return entry, stored, (stored.astype(np.float64) * scale + low).astype(np.float32)


def tfjs_files(model: Layer, dialect: int, quantise: str = '', shards: int = 1) -> Tuple[Dict[str, Any], Dict[str, bytes]]:
    """model.json and its shards."""
    entries, body = [], b''
    for _, weights in weights_by_layer(model, dialect):
        for name, array in weights:
            entry = {'name': name.replace(':0', ''), 'shape': list(array.shape), 'dtype': 'float32'}
            if quantise:
                entry['quantization'], array, _ = quantised(array, quantise)
            entries.append(entry)
            body += array.tobytes()
    paths = [f'group1-shard{i + 1}of{shards}.bin' for i in range(shards)]
    cut = -(-len(body) // shards)
    topology = {'keras_version': '2.15.0' if dialect == 2 else '3.4.1', 'backend': 'tensorflow',
                'model_config': model_json(model, dialect)}
    manifest = [{'paths': paths, 'weights': entries}] if entries else []
    return ({'format': 'layers-model', 'generatedBy': f'keras v{topology["keras_version"]}', 'modelTopology': topology,
             'weightsManifest': manifest}, {path: body[i * cut:(i + 1) * cut] for i, path in enumerate(paths)} if entries else {})
