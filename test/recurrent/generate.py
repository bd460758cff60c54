"""Writes operators.safetensors: nodes RNN, LSTM and GRU with every option, inputs, and what the specification says.

    /usr/bin/python3 test/recurrent/generate.py

Needs numpy and onnx (Debian's python3-onnx). The metadata hold, as JSON, each case's operator, opset, attributes and its
model (base64 of an ONNX file whose inputs are all the node's inputs), in which another runtime can be asked as well; and
ONNX's own backend tests of the three operators.
"""

import base64
import json
import struct
import sys
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from onnx import TensorProto, helper
from onnx.backend.test.case.node import _NodeTestCases

# Each of these adds its cases when it is imported.
import onnx.backend.test.case.node.gru  # noqa: E402, F401
import onnx.backend.test.case.node.lstm  # noqa: E402, F401
import onnx.backend.test.case.node.rnn  # noqa: E402, F401

sys.path.insert(0, str(Path(__file__).parent))
from generator.cases import INPUTS, cases  # noqa: E402
from generator.reference import run  # noqa: E402

HERE = Path(__file__).parent


def slots(op: str, inputs: Dict[str, np.ndarray]) -> List[str]:
    """The node's inputs; initial_c and P are the LSTM's alone."""
    return [name if name in inputs else '' for name in (INPUTS if op == 'LSTM' else INPUTS[:6])]


def model(op: str, opset: int, attributes: Dict[str, Any], inputs: Dict[str, np.ndarray], outputs: Dict[str, np.ndarray]
          ) -> bytes:
    # `layout` came with opset 14; an older model may say 0 only by saying nothing.
    said = {key: value for key, value in attributes.items() if not (key == 'layout' and value == 0)}
    node = helper.make_node(op, slots(op, inputs), list(outputs), **said)
    types = {'sequence_lens': TensorProto.INT32}
    values = [helper.make_tensor_value_info(name, types.get(name, TensorProto.FLOAT), array.shape)
              for name, array in inputs.items()]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in outputs.items()]
    graph = helper.make_graph([node], op, values, results)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)], ir_version=8).SerializeToString()


def backend_cases() -> List[Dict[str, Any]]:
    """ONNX's node tests as they are: model, inputs and expected outputs by the names of the model."""
    found = []
    for case in _NodeTestCases:
        node = case.model.graph.node[0]
        if node.op_type not in ('RNN', 'LSTM', 'GRU'):
            continue
        arrays, expected = case.data_sets[0]
        found.append({
            'name': case.name, 'op': node.op_type, 'opset': case.model.opset_import[0].version,
            'attributes': {a.name: helper.get_attribute_value(a) for a in node.attribute},
            'inputs': dict(zip([n for n in node.input if n], arrays)),
            'outputs': dict(zip([n for n in node.output if n], expected)),
            'slots': list(node.input), 'results': list(node.output),
            'model': case.model.SerializeToString(),
        })
    return found


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def write(path: Path, tensors: Dict[str, np.ndarray], metadata: Dict[str, str]) -> None:
    header: Dict[str, Any] = {'__metadata__': metadata}
    at = 0
    for name, array in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(array.shape), 'data_offsets': [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    body = b''.join(array.tobytes() for array in tensors.values())
    path.write_bytes(struct.pack('<Q', len(text)) + text + body)


def main() -> None:
    tensors: Dict[str, np.ndarray] = {}
    entries = []
    for name, op, opset, attributes, inputs in cases():
        opset = max(opset, 14) if attributes.get('layout') else opset
        outputs = run(op, attributes, inputs)
        entries.append({
            'name': name, 'source': 'specification', 'op': op, 'opset': opset, 'attributes': attributes,
            'slots': slots(op, inputs), 'results': list(outputs),
            'model': base64.b64encode(model(op, opset, attributes, inputs, outputs)).decode(),
        })
        for key, array in {**inputs, **outputs}.items():
            tensors[f'{name}/{key}'] = np.ascontiguousarray(array, dtype=np.float32)
    for case in backend_cases():
        for key, array in {**case['inputs'], **case['outputs']}.items():
            tensors[f'{case["name"]}/{key}'] = np.ascontiguousarray(array, dtype=np.float32)
        entry = {key: case[key] for key in ('name', 'op', 'opset', 'slots', 'results')}
        attributes = {key: plain(value) for key, value in case['attributes'].items()}
        entries.append({**entry, 'source': 'onnx-backend', 'attributes': attributes,
                        'model': base64.b64encode(case['model']).decode()})
    write(HERE / 'operators.safetensors', tensors, {'cases': json.dumps(entries, separators=(',', ':'))})
    print(f'{len(entries)} cases, {sum(a.nbytes for a in tensors.values())} bytes of tensors')


if __name__ == '__main__':
    main()
