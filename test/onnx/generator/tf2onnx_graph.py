"""Graphs with the names, constants and nodes that tf2onnx gives them; tf2onnx_models.py says what is followed."""

from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from generator.archive import Case

# The IR of each opset's time.
IR = {9: 4, 11: 6, 13: 7, 15: 8}
LAST = np.iinfo(np.int32).max
Dims = Tuple[Any, ...]


def onnx_weights(layer: Dict[str, Any]) -> List[np.ndarray]:
    """W, R, B of one direction: Keras' gates i f c o become i o f c; z r h are ONNX' order already."""
    order = {'LSTM': [0, 3, 1, 2], 'GRU': [0, 1, 2], 'SimpleRNN': [0]}[layer['class_name']]
    kernel, recurrent, bias = [np.concatenate([np.split(array, len(order), axis=-1)[k] for k in order], axis=-1)
                               for _, array in layer['weights']]
    both = bias.reshape(-1) if bias.ndim == 2 else np.concatenate([bias, np.zeros_like(bias)])
    return [kernel.T[None], recurrent.T[None], both[None]]


class Graph:
    """Nodes and constants, named as tf2onnx's Graph.make_node and make_const name them."""

    def __init__(self, opset: int) -> None:
        self.opset, self.nodes, self.constants, self.made = opset, [], [], 11

    def unique(self, name: str) -> str:
        self.made += 1
        return f'{name}__{self.made}'

    def const(self, name: str, array: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def int64(self, name: str, values: Sequence[int]) -> str:
        return self.const(self.unique(name), np.array(values, np.int64))

    def many(self, operator: str, inputs: Sequence[str], count: int, name: str = '', **attributes: Any) -> List[str]:
        name = name or self.unique(operator)
        outputs = [f'{name}:{k}' for k in range(count)]
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=name, **attributes))
        return outputs

    def node(self, operator: str, inputs: Sequence[str], name: str = '', **attributes: Any) -> str:
        return self.many(operator, inputs, 1, name, **attributes)[0]

    def cast(self, data: str, to: int, name: str) -> str:
        return self.node('Cast', [data], self.unique(name), to=to)

    def of_axis(self, operator: str, data: str, axis: int, name: str = '') -> str:
        if self.opset < 13:
            return self.node(operator, [data], name, axes=[axis])
        return self.node(operator, [data, self.int64('const_axes', [axis])], name)

    def squeeze(self, data: str, axis: int, name: str = '') -> str:
        return self.of_axis('Squeeze', data, axis, name)

    def unsqueeze(self, data: str, axis: int) -> str:
        return self.of_axis('Unsqueeze', data, axis)

    def slice(self, data: str, axis: int, start: int, end: int, name: str = '') -> str:
        if self.opset < 10:
            return self.node('Slice', [data], name, axes=[axis], starts=[start], ends=[end])
        bounds = [self.int64(f'const_{word}', [n]) for word, n in (('starts', start), ('ends', end), ('axes', axis))]
        return self.node('Slice', [data, *bounds], name)

    def last(self, data: str, name: str) -> str:
        """data[-1] of TensorFlow: its StridedSlice becomes a Slice and a Squeeze."""
        return self.squeeze(self.slice(data, 0, -1, LAST, name), 0, self.unique(name))

    def dims(self, data: str, scope: str) -> str:
        """TensorFlow's shapes are int32."""
        return self.cast(self.node('Shape', [data], f'{scope}/Shape'), TensorProto.INT32, f'{scope}/Shape')

    def zeros(self, x: str, units: int, scope: str) -> str:
        """get_initial_state where the batch is open, [1, B, H]; the states' twins are merged into one."""
        batch = self.slice(self.dims(x, scope), 0, 0, 1, f'{scope}/strided_slice')
        width = self.const(f'{scope}/zeros/packed/1', np.array([units], np.int32))
        packed = self.node('Concat', [batch, width], self.unique(f'{scope}/zeros/packed_Concat'), axis=0)
        shape = self.cast(packed, TensorProto.INT64, f'{scope}/zeros')
        name, zero = f'{scope}/zeros', np.float32(0)
        # Fill is the one before opset 11 and the other since.
        if self.opset < 11:
            filled = self.node('ConstantOfShape', [shape], name, value=numpy_helper.from_array(np.array([zero])))
        else:
            filled = self.node('Expand', [self.const(f'{name}/Const', zero), shape], name)
        return self.unsqueeze(filled, 0)

    def transpose(self, data: str, name: str) -> str:
        return self.node('Transpose', [data], name, perm=[1, 0, 2])

    def recurrent(self, x: str, layers: Sequence[Dict[str, Any]], states: Sequence[str], lengths: str = ''
                  ) -> List[str]:
        """One node for one layer, or for a layer and its twin backwards."""
        kind, config = layers[0]['class_name'], layers[0]['config']
        recurrent = {'sigmoid': 'Sigmoid', 'hard_sigmoid': 'HardSigmoid'}[config.get('recurrent_activation', 'sigmoid')]
        activations = {'LSTM': [recurrent, 'Tanh', 'Tanh'], 'GRU': [recurrent, 'Tanh']}[kind] * len(layers)
        reset = {'linear_before_reset': 1} if config.get('reset_after') else {}
        direction = 'bidirectional' if len(layers) == 2 else 'forward'
        parts = [np.concatenate(each) for each in zip(*map(onnx_weights, layers))]
        constants = [self.const(self.unique(name), array) for name, array in zip('WRB', parts)]
        return self.many(kind, [x, *constants, lengths, *states], 1 + len(states), activations=activations,
                         direction=direction, hidden_size=config['units'], **reset)

    def dense(self, data: str, weights: Tuple[np.ndarray, np.ndarray], scope: str) -> str:
        kernel = self.const(f'{scope}/MatMul/ReadVariableOp:0', weights[0])
        bias = self.const(f'{scope}/BiasAdd/ReadVariableOp:0', weights[1])
        return self.node('Add', [self.node('MatMul', [data, kernel], f'{scope}/MatMul'), bias], f'{scope}/BiasAdd')

    def tensordot(self, data: str, weights: Tuple[np.ndarray, np.ndarray], scope: str) -> str:
        """A Dense layer of sequences: TensorFlow flattens the first axes by what it reads of the shape."""
        dot = f'{scope}/Tensordot'
        shape = self.dims(data, dot)
        sizes, products = [], []
        for k, axes in enumerate(([0, 1], [2])):
            end = f'_{k}' if k else ''
            which = self.const(f'{dot}/{"axes" if k else "free"}', np.array(axes, np.int32))
            sizes.append(self.node('Gather', [shape, which], f'{dot}/GatherV2{end}', axis=0))
            product = self.node('ReduceProd', [sizes[k]], f'{dot}/Prod{end}', axes=[0], keepdims=0)
            products.append(self.unsqueeze(product, 0))
        stack = self.node('Concat', products, self.unique(f'{dot}/stack_Concat'), axis=0)
        flat = self.node('Reshape', [data, self.cast(stack, TensorProto.INT64, f'{dot}/Reshape')], f'{dot}/Reshape')
        kernel = self.const(f'{dot}/ReadVariableOp:0', weights[0])
        out = self.const(f'{dot}/Const_2', np.array([weights[0].shape[1]], np.int32))
        wanted = self.node('Concat', [sizes[0], out], f'{dot}/concat_1', axis=0)
        product = self.node('MatMul', [flat, kernel], f'{dot}/MatMul')
        back = self.node('Reshape', [product, self.cast(wanted, TensorProto.INT64, dot)], dot)
        bias = self.const(f'{scope}/BiasAdd/ReadVariableOp:0', weights[1])
        return self.node('Add', [back, bias], f'{scope}/BiasAdd')

    def case(self, name: str, given: Tuple[str, int, Dims], answer: Tuple[str, str, Dims],
             runs: List[Tuple[np.ndarray, np.ndarray]]) -> Case:
        """The last node's output is renamed to the model's, as tf2onnx does."""
        made, output, dims = answer
        assert list(self.nodes[-1].output) == [made]
        self.nodes[-1].output[0] = output
        graph = helper.make_graph(self.nodes, 'tf2onnx', [helper.make_tensor_value_info(*given)],
                                  [helper.make_tensor_value_info(output, TensorProto.FLOAT, dims)], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', self.opset)])
        model.ir_version = IR[self.opset]
        checker.check_model(model)
        return Case(name, model, [([x], [y.astype(np.float32)]) for x, y in runs])
