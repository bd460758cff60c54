"""What `tensorflowjs` 4.22 writes of a model of tf-keras, and reads again.

The package asks for tensorflow-decision-forests, jax and others, which the conversion of layers models does not use: it is
installed alone, `pip install --no-deps --target FOLDER tensorflowjs==4.22.0`, and FOLDER is on PYTHONPATH.
"""

import base64
import contextlib
import importlib.util
import io
import json
import os
import sys
import tempfile
import types
import zipfile
from typing import Any, Dict, Optional

import h5py


def _without_init(name: str, folder: str) -> None:
    """A package whose `__init__`, which imports all converters, does not run."""
    package = types.ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package


_ROOT = os.path.dirname(importlib.util.find_spec('tensorflowjs').origin)
_without_init('tensorflowjs', _ROOT)
_without_init('tensorflowjs.converters', os.path.join(_ROOT, 'converters'))
from tensorflowjs.converters import keras_h5_conversion, keras_tfjs_loader  # noqa: E402


def converted(file: bytes, quantised: Optional[str] = None, shard_bytes: int = 1 << 22) -> Dict[str, Any]:
    """model.json and its shards, of a `.keras` or `.h5` file: what `tensorflowjs_converter` does for either."""
    with tempfile.TemporaryDirectory() as folder:
        if file.startswith(b'PK'):
            with zipfile.ZipFile(io.BytesIO(file)) as archive:
                config, metadata = (json.loads(archive.read(f'{name}.json')) for name in ('config', 'metadata'))
                weights = h5py.File(io.BytesIO(archive.read('model.weights.h5')))
            topology, groups = keras_h5_conversion.h5_v3_merged_saved_model_to_tfjs_format(weights, metadata, config)
        else:
            with contextlib.redirect_stdout(io.StringIO()):  # that it does not know the version, 3
                topology, groups = keras_h5_conversion.h5_merged_saved_model_to_tfjs_format(h5py.File(io.BytesIO(file)))
        keras_h5_conversion.write_artifacts(
            topology, groups, folder, quantization_dtype_map={quantised: '*'} if quantised else None, weight_shard_size_bytes=shard_bytes)
        files = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), 'rb') as opened:
                files[name] = opened.read()
    text = files.pop('model.json').decode()
    return {'model': text, 'shards': {name: base64.b64encode(data).decode() for name, data in sorted(files.items())}}


def loaded(made: Dict[str, Any]) -> Any:
    """What the package makes of model.json and its shards: a model of tf-keras, its weights no longer quantised."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in {'model.json': made['model'].encode(), **{k: base64.b64decode(v) for k, v in made['shards'].items()}}.items():
            with open(os.path.join(folder, name), 'wb') as opened:
                opened.write(data)
        return keras_tfjs_loader.load_keras_model(os.path.join(folder, 'model.json'))


def files_of(model: Any, quantised: Optional[str] = None, shard_bytes: int = 1 << 22) -> Dict[str, Any]:
    """model.json and its shards; and of quantised weights, what the package makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'model.h5')
        model.save(path)
        with open(path, 'rb') as opened:
            made = converted(opened.read(), quantised, shard_bytes)
    return {'again': loaded(made) if quantised else model, **made}
