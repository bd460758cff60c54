"""Single nodes with what onnxruntime computes for them: older definitions, other types, operators of `com.microsoft`."""

from typing import Any, List, Optional, Sequence

import numpy as np
import onnxruntime
from onnx import helper

from generator.archive import Case, seed_of

F32 = np.float32
MICROSOFT = 'com.microsoft'


def draw(name: str, *dims: int) -> np.ndarray:
    return np.random.default_rng(seed_of(name)).standard_normal(dims).astype(F32)


def bytes_of(name: str, kind: type, *dims: int) -> np.ndarray:
    info = np.iinfo(kind)
    return np.random.default_rng(seed_of(name)).integers(info.min, info.max + 1, dims).astype(kind)


def info(name: str, dtype: Any, dims: Optional[Sequence[int]]) -> Any:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), dims)


def case(name: str, operator: str, inputs: Sequence[Optional[np.ndarray]], outputs: Sequence[Any],
         constants: Sequence[int] = (), opset: int = 17, domain: str = '', **attributes: Any) -> Case:
    """One node; `outputs` are types. Inputs at the positions `constants` become initializers; None is an input left out."""
    names = ['' if each is None else f'in{k}' for k, each in enumerate(inputs)]
    node = helper.make_node(operator, names, [f'out{k}' for k in range(len(outputs))], domain=domain, **attributes)
    given = {n: each for k, (n, each) in enumerate(zip(names, inputs)) if n and k not in constants}
    fixed = [helper.make_tensor(names[k], helper.np_dtype_to_tensor_dtype(inputs[k].dtype), inputs[k].shape,
                                inputs[k].tobytes(), raw=True) for k in constants]
    graph = helper.make_graph([node], name, [info(n, each.dtype, each.shape) for n, each in given.items()],
                              [info(f'out{k}', each, None) for k, each in enumerate(outputs)], fixed)
    domains = [helper.make_opsetid('', opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=domains, ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
    return Case(name, model, [(list(given.values()), session.run(None, given))])


def older() -> List[Case]:
    x, at = draw('scatter', 3, 4), np.array([[1, 0, 2], [0, 2, 1]], np.int64)
    updates = draw('updates', 2, 3)
    signal = draw('signal', 2, 10, 1)
    return [
        case('Scatter-9', 'Scatter', [x, at, updates], [F32], opset=9, axis=0),
        case('ScatterElements-11', 'ScatterElements', [x, at, updates], [F32], opset=11, axis=1),
        case('DFT-17', 'DFT', [signal], [F32], opset=17, axis=1),
        case('DFT-17-onesided', 'DFT', [signal], [F32], opset=17, axis=1, onesided=1),
    ]


def onnxruntime_cases() -> List[Case]:
    return older()
