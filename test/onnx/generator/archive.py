"""One zip of two members: cases.json says what there is, data.bin holds the bytes of all models and tensors."""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence, Set, Tuple

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, ValueInfoProto

SEED = 20261124

Tensors = Sequence[np.ndarray]


@dataclass
class Case:
    """A model and runs of it: inputs and outputs in the order of the graph's."""

    name: str
    model: ModelProto
    runs: List[Tuple[Tensors, Tensors]]

    def size(self) -> int:
        arrays = [array for run in self.runs for part in run for array in part]
        return self.model.ByteSize() + sum(array.nbytes for array in arrays)


def seed_of(name: str) -> int:
    """The seed of a case's own draw, so that adding one changes no other."""
    return (zlib.crc32(name.encode()) ^ SEED) & 0x7FFFFFFF


class Blob:
    def __init__(self) -> None:
        self.bytes = bytearray()

    def add(self, content: bytes) -> List[int]:
        """Appends and says where it is: offset and length."""
        start = len(self.bytes)
        self.bytes += content
        return [start, len(content)]


def operators_of(graph: GraphProto) -> Set[str]:
    """Every operator of a graph, branches included; those of other domains than ONNX's own with their domain."""
    found = set()
    for node in graph.node:
        found.add(node.op_type if node.domain in ('', 'ai.onnx') else f'{node.domain}.{node.op_type}')
        for attribute in node.attribute:
            for inner in [attribute.g, *attribute.graphs]:
                found |= operators_of(inner)
    return found


def describe(blob: Blob, info: ValueInfoProto, array: np.ndarray) -> Dict[str, Any]:
    dtype = TensorProto.DataType.Name(info.type.tensor_type.elem_type).lower()
    array = np.asarray(array)
    if dtype == 'string':
        content = json.dumps([str(each) for each in array.ravel()]).encode()
        return {'name': info.name, 'dtype': dtype, 'dims': list(array.shape), 'at': blob.add(content)}
    if dtype == 'int4':
        array = array.astype(np.int8)
    if array.dtype.byteorder == '>':
        array = array.astype(array.dtype.newbyteorder('<'))
    return {'name': info.name, 'dtype': dtype, 'dims': list(array.shape), 'at': blob.add(array.tobytes())}


def write_archive(path: Path, cases: Sequence[Case]) -> None:
    blob, entries = Blob(), []
    for case in cases:
        graph = case.model.graph
        constants = {tensor.name for tensor in graph.initializer}
        inputs = [info for info in graph.input if info.name not in constants]
        runs = [
            {
                'inputs': [describe(blob, info, array) for info, array in zip(inputs, given)],
                'outputs': [describe(blob, info, array) for info, array in zip(graph.output, expected)],
            }
            for given, expected in case.runs
        ]
        opset = next((each.version for each in case.model.opset_import if each.domain in ('', 'ai.onnx')), 0)
        model = blob.add(case.model.SerializeToString())
        entry = {'name': case.name, 'opset': opset, 'operators': sorted(operators_of(graph))}
        entries.append({**entry, 'model': model, 'runs': runs})
    members = {'cases.json': json.dumps(entries, separators=(',', ':')).encode(), 'data.bin': bytes(blob.bytes)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content in members.items():
            # A date of its own would make every run another file.
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(buffer.getvalue())
    print(f'{path.name}: {len(entries)} cases, {path.stat().st_size} bytes ({len(blob.bytes)} unpacked)')
