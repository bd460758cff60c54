#!/usr/bin/python3
"""Writes the archives in vectors/: python3 test/onnx/generate.py [backend] [torch] [opsets] [spatial] [tf2onnx] [onnxruntime]
[control] [exporters] [quantized] [keras] [texts] [first]

backend.zip  ONNX's own backend node tests, models and data as onnx 1.23 makes them
torch.zip    models that PyTorch 1.13's exporter writes, with what PyTorch computes for them
spatial.zip  random nodes of convolutions, pools, normalisations and the like, with what onnxruntime 1.32 computes for them
             (a newer Python than the others': that of test/golden/requirements.txt)
control.zip  loops, scans, branches, sequences and functions of models, with what onnxruntime 1.32 computes for them
             (the Python of spatial.zip)
opsets.zip   operators whose definition changed after opset 17, with what NumPy computes for them
tf2onnx.zip  Keras models in the shape that tf2onnx gives them, with what Keras' formulas give in float64
onnxruntime.zip    older definitions, other types and operators of com.microsoft, with what onnxruntime 1.32 computes for them
exporters.zip  whole nets as PyTorch 2.13's two exporters write them, with what PyTorch computes for them (the Python of spatial.zip)
quantized.zip  whole models that onnxruntime's quantisers made, with what onnxruntime 1.32 computes for them (the same Python)
keras.zip      Keras models that tf2onnx wrote, with what TensorFlow computes for them (a Python with tensorflow-cpu, tf-keras, tf2onnx)
texts.zip    models that carry strings through, with what onnxruntime 1.32 computes for them (the Python of spatial.zip)
first-opsets.json  the opset in which each operator first appears, as onnx 1.23 knows it

Draws are seeded by case name: a second run on the same machine repeats every byte.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True

from generator.archive import write_archive  # noqa: E402

FOLDER = Path(__file__).parent / 'vectors'


def backend() -> None:
    from generator.backend import backend_cases

    write_archive(FOLDER / 'backend.zip', backend_cases())


def torch() -> None:
    from generator.torch_export import torch_cases

    write_archive(FOLDER / 'torch.zip', torch_cases())


def opsets() -> None:
    from generator.opsets import opset_cases

    write_archive(FOLDER / 'opsets.zip', opset_cases())


def spatial() -> None:
    from generator.spatial import spatial_cases

    write_archive(FOLDER / 'spatial.zip', spatial_cases())


def tf2onnx() -> None:
    from generator.tf2onnx_models import tf2onnx_cases

    write_archive(FOLDER / 'tf2onnx.zip', tf2onnx_cases())


def onnxruntime() -> None:
    from generator.onnxruntime_cases import onnxruntime_cases

    write_archive(FOLDER / 'onnxruntime.zip', onnxruntime_cases())


def control() -> None:
    from generator.control import control_cases

    write_archive(FOLDER / 'control.zip', control_cases())


def exporters() -> None:
    from generator.exporters import net_cases

    write_archive(FOLDER / 'exporters.zip', net_cases())


def quantized() -> None:
    from generator.quantized_models import quantized_cases

    write_archive(FOLDER / 'quantized.zip', quantized_cases())


def keras() -> None:
    from generator.keras_exports import keras_cases

    write_archive(FOLDER / 'keras.zip', keras_cases())


def texts() -> None:
    from generator.texts import text_cases

    write_archive(FOLDER / 'texts.zip', text_cases())


def first() -> None:
    from generator.first_opsets import write_first_opsets

    write_first_opsets(FOLDER / 'first-opsets.json')


WRITERS = {'backend': backend, 'torch': torch, 'opsets': opsets, 'spatial': spatial, 'tf2onnx': tf2onnx,
           'onnxruntime': onnxruntime, 'control': control, 'exporters': exporters, 'quantized': quantized, 'keras': keras,
           'texts': texts, 'first': first}
for name in sys.argv[1:] or WRITERS:
    WRITERS[name]()
