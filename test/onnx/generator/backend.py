"""ONNX's backend node tests as onnx 1.23 generates them: models, inputs and outputs untouched."""

from typing import List, Optional

import numpy as np

from generator.archive import Case

np.random.seed(0)

from onnx import TensorProto, numpy_helper  # noqa: E402
from onnx.backend.test.case.node import collect_testcases  # noqa: E402
from onnx.backend.test.case.test_case import TestCase  # noqa: E402

MOST_BYTES = 26_000

# What no sequence model needs: training, losses, random draws, images, text, trees.
FOREIGN = set(
    'Adagrad Adam Momentum Gradient NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss Bernoulli RandomUniformLike '
    'Upsample RoiAlign GridSample NonMaxSuppression MaxUnpool MaxRoiPool TfIdfVectorizer DeformConv AffineGrid Col2Im '
    'ImageDecoder StringNormalizer StringConcat StringSplit RegexFullMatch LinearAttention CausalConvWithState'.split()
)

# Element types that the runtime has.
TYPES = set('FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 BOOL FLOAT16 DOUBLE UINT32 UINT64 BFLOAT16 INT4 UINT4'.split())


def refusal(case: TestCase, size: int) -> Optional[str]:
    """Why a case stays out, if it does."""
    graph = case.model.graph
    operators = {node.op_type for node in graph.node}
    foreign = operators & FOREIGN
    if foreign or any(node.domain not in ('', 'ai.onnx') for node in graph.node):
        return 'another subject'
    if case.name.startswith('test_training_dropout') and 'zero_ratio' not in case.name:
        return 'random draws'
    if case.name.startswith(('test_resize_downsample_scales_cubic_align', 'test_resize_downsample_scales_linear_align')):
        return 'corners between places, which onnxruntime rounds'
    values = list(graph.input) + list(graph.output)
    if any(value.type.WhichOneof('value') != 'tensor_type' for value in values):
        return 'sequences, optionals or maps'
    if any(TensorProto.DataType.Name(value.type.tensor_type.elem_type) not in TYPES for value in values):
        return 'strings and other types'
    if case.name.endswith('_expanded') or '_expanded_' in case.name:
        return 'functions written out'
    return f'larger than {MOST_BYTES} bytes' if size > MOST_BYTES else None


def as_array(value: object) -> object:
    """Data whose type NumPy does not have comes as a TensorProto."""
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else value


def backend_cases() -> List[Case]:
    kept, refused = [], {}
    for test in sorted(collect_testcases(None), key=lambda each: each.name):
        runs = [tuple([as_array(each) for each in part] for part in run) for run in test.data_sets]
        case = Case(test.name.replace('test_', '', 1), test.model, runs)
        tensors = all(isinstance(a, (np.ndarray, np.generic)) for run in runs for part in run for a in part)
        reason = refusal(test, case.size() if tensors else 0)
        if reason:
            refused.setdefault(reason, []).append(case.name)
        else:
            kept.append(case)
    for reason, names in refused.items():
        print(f'left out, {reason}: {len(names)} ({", ".join(names[:5])} …)')
    return kept
