"""ONNX's backend node tests as onnx 1.12 generates them: models, inputs and outputs untouched, but for `lift`."""

import builtins
from typing import List, Optional

import numpy as np

from generator.archive import Case

# onnx 1.12 was written for a NumPy that still had these names.
for _name in ('float', 'int', 'bool', 'object'):
    setattr(np, _name, getattr(builtins, _name))
np.random.seed(0)

from onnx import ModelProto, TensorProto  # noqa: E402
from onnx.backend.test.case.node import collect_testcases  # noqa: E402
from onnx.backend.test.case.test_case import TestCase  # noqa: E402
from onnx.defs import get_schema  # noqa: E402

MOST_BYTES = 26_000
LEAST_OPSET = 7

# What no sequence model needs: training, losses, random draws, images and whole-model quantisation.
FOREIGN = set(
    'Adagrad Adam Momentum Gradient NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss Bernoulli RandomUniformLike '
    'Resize Upsample RoiAlign GridSample NonMaxSuppression MaxUnpool MaxRoiPool LRN Det Unique TfIdfVectorizer '
    'StringNormalizer QLinearConv QLinearMatMul ConvInteger DFT STFT MelWeightMatrix BlackmanWindow HammingWindow '
    'HannWindow'.split()
)


def refusal(case: TestCase, size: int) -> Optional[str]:
    """Why a case stays out, if it does."""
    graph = case.model.graph
    operators = {node.op_type for node in graph.node}
    foreign = operators & FOREIGN
    if foreign or any(node.domain not in ('', 'ai.onnx') for node in graph.node):
        return 'another subject'
    if case.name.startswith('test_training_dropout') and 'zero_ratio' not in case.name:
        return 'random draws'
    values = list(graph.input) + list(graph.output)
    if any(value.type.WhichOneof('value') != 'tensor_type' for value in values):
        return 'sequences, optionals or maps'
    if any(value.type.tensor_type.elem_type == TensorProto.STRING for value in values):
        return 'strings'
    return f'larger than {MOST_BYTES} bytes' if size > MOST_BYTES else None


def lift(model: ModelProto) -> None:
    """Models of opsets before 7 are said to be of 7, where the operator has not changed between the two."""
    opset = model.opset_import[0]
    if opset.version >= LEAST_OPSET:
        return
    for node in model.graph.node:
        old, new = (get_schema(node.op_type, version, '').since_version for version in (opset.version, LEAST_OPSET))
        assert old == new, f'{node.op_type} changed between opsets {opset.version} and {LEAST_OPSET}'
    opset.version = LEAST_OPSET


def backend_cases() -> List[Case]:
    kept, refused = [], {}
    for test in sorted(collect_testcases(None), key=lambda each: each.name):
        case = Case(test.name.replace('test_', '', 1), test.model, test.data_sets)
        tensors = all(isinstance(a, (np.ndarray, np.generic)) for run in test.data_sets for part in run for a in part)
        reason = refusal(test, case.size() if tensors else 0)
        if reason:
            refused.setdefault(reason, []).append(case.name)
        else:
            lift(case.model)
            kept.append(case)
    for reason, names in refused.items():
        print(f'left out, {reason}: {len(names)} ({", ".join(names[:5])} …)')
    return kept
