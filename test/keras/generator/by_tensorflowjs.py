"""What `tensorflowjs` 4.22 writes of a model of tf-keras, and reads again.

The package asks for tensorflow-decision-forests, jax and others, which the conversion of layers models does not use: it is
installed alone, `pip install --no-deps --target FOLDER tensorflowjs==4.22.0`, and FOLDER is on PYTHONPATH.
"""

import base64
import importlib.util
import os
import sys
import tempfile
import types
from typing import Any, Dict, Optional


def _without_init(name: str, folder: str) -> None:
    """A package whose `__init__`, which imports all converters, does not run."""
    package = types.ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package


_ROOT = os.path.dirname(importlib.util.find_spec('tensorflowjs').origin)
_without_init('tensorflowjs', _ROOT)
_without_init('tensorflowjs.converters', os.path.join(_ROOT, 'converters'))
from tensorflowjs.converters import keras_h5_conversion, keras_tfjs_loader  # noqa: E402


def files_of(model: Any, quantised: Optional[str] = None, shard_bytes: int = 1 << 22) -> Dict[str, Any]:
    """model.json and its shards; and of quantised weights, what the package makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        keras_h5_conversion.save_keras_model(
            model, folder, quantization_dtype_map={quantised: '*'} if quantised else None, weight_shard_size_bytes=shard_bytes)
        files = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), 'rb') as file:
                files[name] = file.read()
        again = keras_tfjs_loader.load_keras_model(os.path.join(folder, 'model.json')) if quantised else model
    text = files.pop('model.json').decode()
    return {'again': again, 'model': text, 'shards': {name: base64.b64encode(data).decode() for name, data in sorted(files.items())}}
