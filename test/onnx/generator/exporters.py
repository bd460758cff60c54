"""
Whole nets as PyTorch 2.13's two exporters write them, with what PyTorch computes for them. onnxruntime runs each as well and must
agree: what an exporter writes wrongly is not archived.
"""

import io
import logging
import warnings
from typing import Dict, List, Tuple

import numpy as np
import onnx
import onnxruntime
import torch

from generator.archive import Case, Tensors, seed_of
from generator.nets import NETS, Net, add_packed

# Exporter, opset, and d where axes are open. Where a net does not name one, that exporter does not write it, or writes it
# wrongly, or only for the sizes it has seen.
PLANS: Dict[str, str] = {
    'TacotronStep': 'ts17d dynamo20',
    'TacotronUnrolled': 'ts13 dynamo20',
    'TacotronScripted': 'ts17d',
    'SelfAttentionPool': 'ts11d',
    'MultiheadOverLstm': 'ts17 dynamo20',
    'CausalAttentionOverGru': 'ts17d dynamo23',
    'MaskedAttention': 'ts13d',
    'LuongDecoder': 'dynamo20d',
    'PointerNet': 'dynamo20',
    'Transducer': 'ts17d',
    'BiLstmCrf': 'ts11d dynamo20',
    'CharWord': 'ts17d',
    'PyramidLas': 'ts11d',
    'ConvTasNet': 'ts17d dynamo23',
    'ConvTasNetCausal': 'ts11d dynamo20',
    'Demucs': 'ts17d dynamo20',
    'DemucsUpsampled': 'ts17',
    'StftMask': 'ts17d dynamo20',
    'RfftNet': 'dynamo20',
    'SincNet': 'ts13d dynamo23',
    'Gtcrn': 'ts17d dynamo20',
    'DualPath': 'dynamo20',
    'Dccrn': 'ts17d dynamo23',
    'ScriptedLnLstm': 'ts11d ts17d',
    'ScriptedUnbind': 'ts17d',
    'ScriptedIfInLoop': 'ts17d',
    'ScriptedWhile': 'ts17d',
    'ScriptedGreedy': 'ts17d',
    'ScriptedListOfLists': 'ts17d',
    'LastByLength': 'ts13d dynamo20',
    'TrimByLength': 'ts17d',
    'IndexPut': 'ts17 dynamo23',
    'MdnStep': 'ts11d',
    'Qrnn': 'ts11d',
    'MinGru': 'ts17d',
    'TftLike': 'ts17d',
    'DeepAr': 'ts17d dynamo20',
    'Crnn': 'ts11d',
    'DeepSpeech': 'ts17d',
    'ConvLstm': 'dynamo20',
    'Norms': 'dynamo23',
    'Upsamples': 'ts11 dynamo23',
    'PackedLSTMUnsortedBi': 'ts11d ts20',
    'PackedLSTMSortedBf': 'ts17d',
    'PackedGRUUnsortedBf': 'ts17d',
    'PackedRNNUnsorted': 'ts13d',
}


def export(net: Net, model: torch.nn.Module, given: Tuple[torch.Tensor, ...], exporter: str, opset: int, is_open: bool,
           outputs: int) -> onnx.ModelProto:
    names = [f'in{i}' for i in range(len(given))]
    options = {'opset_version': opset, 'input_names': names, 'output_names': [f'out{i}' for i in range(outputs)]}
    if exporter == 'dynamo':
        auto = torch.export.Dim.AUTO
        shapes = tuple({axis: auto for axis in net.dynamic.get(i, {})} for i in range(len(given))) if is_open else None
        return torch.onnx.export(model, given, dynamo=True, dynamic_shapes=shapes, verbose=False, **options).model_proto
    axes = {names[i]: each for i, each in net.dynamic.items()} if is_open else None
    buffer = io.BytesIO()
    torch.onnx.export(model, given, buffer, dynamo=False, dynamic_axes=axes, **options)
    return onnx.load_model_from_string(buffer.getvalue())


def without_traces(graph: onnx.GraphProto) -> None:
    """Stack traces name the machine that exported, and are half of a small file."""
    for node in graph.node:
        node.doc_string = ''
        del node.metadata_props[:]
        for attribute in node.attribute:
            if attribute.HasField('g'):
                without_traces(attribute.g)
    for info in [*graph.value_info, *graph.input, *graph.output]:
        del info.metadata_props[:]
    del graph.metadata_props[:]


def net_case(name: str, plan: str) -> Case:
    net, is_open = NETS[name], plan.endswith('d')
    exporter = 'dynamo' if plan.startswith('dynamo') else 'ts'
    opset = int(plan.removeprefix(exporter).removesuffix('d'))
    torch.manual_seed(seed_of(name))
    model = net.make().eval()
    for each in model.modules():
        if getattr(each, 'running_mean', None) is not None:
            each.running_mean.uniform_(-0.2, 0.2)
            each.running_var.uniform_(0.5, 1.5)
    draws = [net.draw(*size) for size in (net.sizes if is_open else net.sizes[:1])]
    with torch.no_grad():
        answers = [model(*given) for given in draws]
    answers = [[torch.as_tensor(each) for each in (a if isinstance(a, tuple) else (a,))] for a in answers]
    module = torch.jit.script(model) if net.script else model
    proto = export(net, module, draws[0], exporter, opset, is_open, len(answers[0]))
    without_traces(proto.graph)
    for function in proto.functions:
        for node in function.node:
            node.doc_string = ''
            del node.metadata_props[:]
    # Inputs that nothing reads are dropped; lengths come out as the type that the exporter declares.
    kept = [int(info.name.removeprefix('in')) for info in proto.graph.input]
    types = [onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type) for info in proto.graph.output]
    runs = []
    for given, answer in zip(draws, answers):
        inputs = [np.ascontiguousarray(given[i].numpy()) for i in kept]
        runs.append((inputs, [np.ascontiguousarray(each.numpy()).astype(t) for each, t in zip(answer, types)]))
    case = Case(f'{name}-{plan}', proto, runs)
    assert_agreed(case)
    return case


def assert_agreed(case: Case, tolerance: float = 1e-4) -> None:
    """Second opinion: onnxruntime computes the same."""
    session = onnxruntime.InferenceSession(case.model.SerializeToString(), providers=['CPUExecutionProvider'])
    names = [each.name for each in session.get_inputs()]
    for inputs, outputs in case.runs:
        got: Tensors = session.run(None, dict(zip(names, inputs)))
        for a, b in zip(got, outputs):
            assert a.shape == b.shape, f'{case.name}: {a.shape} and {b.shape}'
            assert np.allclose(a, b, tolerance, tolerance, equal_nan=True), f'{case.name}: {np.abs(a - b).max()}'


def net_cases() -> List[Case]:
    # Registered as they are imported.
    from generator import nets_decoders, nets_images, nets_sequences, nets_sound  # noqa: F401

    add_packed()
    warnings.filterwarnings('ignore')
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    return [net_case(name, plan) for name, plans in PLANS.items() for plan in plans.split()]
