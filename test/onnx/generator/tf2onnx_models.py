"""Keras models in the shape that tf2onnx gives them. They are written after tf2onnx, not by it.

Followed, in onnx/tensorflow-onnx: tf2onnx/rewriter/lstm_tf2_rewriter.py, lstm_rewriter.py, gru_tf2_rewriter.py,
gru_rewriter.py, bilstm_rewriter.py and rnn_utils.py for the recurrent nodes, the order of their gates and what is
squeezed and sliced of their outputs; tf2onnx/onnx_opset/generator.py and tensor.py for what becomes of Fill,
StridedSlice, Pack and Shape; unit_rewriter_base.py of 2018 (process_seq_length) for lengths made of a shape. Names are
as in files that people have published. tf2onnx has no rewriter for SimpleRNN, which it leaves a Loop: that one follows
its predecessor, keras2onnx: ke2onnx/simplernn.py and embedding.py in onnx/keras-onnx.

Expected are the float64 formulas of Keras' layers, keras_formulas.py, on weights in Keras' own layout.
"""

from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
from onnx import TensorProto

import generator.keras_formulas as keras
from generator.archive import Case, seed_of
from generator.tf2onnx_graph import Graph, onnx_weights

F32 = np.float32
I, H = 3, 5
GATES = {'SimpleRNN': 1, 'LSTM': 4, 'GRU': 3}
# Batch and time of each run.
SIZES: Sequence[Tuple[int, int]] = ((2, 6), (3, 4), (1, 1))
TOP = 'StatefulPartitionedCall/sequential'
B, T = 'unk__12', 'unk__13'


class Draw:
    """Inputs and weights of one case."""

    def __init__(self, name: str) -> None:
        self.random = np.random.default_rng(seed_of(name))

    def normal(self, *dims: int) -> np.ndarray:
        return self.random.standard_normal(dims).astype(F32)

    def layer(self, kind: str, inputs: int, **config: Any) -> Dict[str, Any]:
        """A layer of H units as keras_formulas takes it: kernels [inputs, gates], the gates in Keras' order."""
        width = GATES[kind] * H
        bias = (2, width) if config.get('reset_after') else (width,)
        weights = [('kernel', self.normal(inputs, width)), ('recurrent_kernel', self.normal(H, width)),
                   ('bias', self.normal(*bias))]
        return {'class_name': kind, 'config': {'units': H, **config}, 'weights': weights}

    def dense(self, inputs: int, units: int) -> Tuple[np.ndarray, np.ndarray]:
        return self.normal(inputs, units), self.normal(units)


def run(layers: Sequence[Dict[str, Any]], x: np.ndarray) -> np.ndarray:
    """Keras' answer of one layer, or of a layer and its twin backwards, concatenated."""
    if len(layers) == 1:
        return keras.recurrent(layers[0], [(x, None)], [], 2)[0][0]
    backward = {**layers[1], 'config': {**layers[1]['config'], 'go_backwards': True}}
    both = {'config': {'merge_mode': 'concat'}, 'forward': layers[0], 'backward': backward}
    return keras.bidirectional(both, [(x, None)], [], 2)[0][0]


def answers(draw: Draw, model: Callable[[np.ndarray], np.ndarray]) -> List[Tuple[np.ndarray, np.ndarray]]:
    """Runs on sequences of vectors."""
    inputs = [draw.normal(*each, I) for each in SIZES]
    return [(x, model(x.astype(np.float64))) for x in inputs]


def looked_up(draw: Draw, table: np.ndarray, dtype: Any, model: Callable[[np.ndarray], np.ndarray]
              ) -> List[Tuple[np.ndarray, np.ndarray]]:
    """Runs on sequences of tokens."""
    inputs = [draw.random.integers(0, len(table), each) for each in SIZES]
    return [(x.astype(dtype), model(table.astype(np.float64)[x])) for x in inputs]


def lstm_last() -> Case:
    """LSTM, the last step, Dense, softmax."""
    name, scope = 'keras-lstm-last', f'{TOP}/lstm'
    draw, g = Draw(name), Graph(13)
    layer, dense = draw.layer('LSTM', I), draw.dense(H, 4)
    state = g.zeros('lstm_input', H, scope)
    x = g.transpose('lstm_input', f'{scope}/PartitionedCall/transpose')
    y = g.squeeze(g.recurrent(x, [layer], [state, state])[0], 1)
    logits = g.dense(g.last(y, f'{scope}/PartitionedCall/strided_slice_2'), dense, f'{TOP}/dense')
    top = g.node('Softmax', [logits], f'{TOP}/dense/Softmax', axis=-1)
    runs = answers(draw, lambda x: keras.softmax(run([layer], x) @ dense[0] + dense[1]))
    return g.case(name, ('lstm_input', TensorProto.FLOAT, (B, T, I)), (top, 'dense', (B, 4)), runs)


def lstm_stacked() -> Case:
    """Two with Keras 2's hard sigmoid; the Transposes between them cancel but for the second's look at its batch."""
    name = 'keras-lstm-stacked-hard-sigmoid'
    draw, g = Draw(name), Graph(15)
    layers = [draw.layer('LSTM', size, recurrent_activation='hard_sigmoid', return_sequences=not k)
              for k, size in enumerate((I, H))]
    state = g.zeros('lstm_input', H, f'{TOP}/lstm')
    x = g.transpose('lstm_input', f'{TOP}/lstm/PartitionedCall/transpose')
    y = g.squeeze(g.recurrent(x, layers[:1], [state, state])[0], 1)
    state = g.zeros(g.transpose(y, f'{TOP}/lstm/PartitionedCall/transpose_1'), H, f'{TOP}/lstm_1')
    y = g.squeeze(g.recurrent(y, layers[1:], [state, state])[0], 1)
    top = g.last(y, f'{TOP}/lstm_1/PartitionedCall/strided_slice_2')
    runs = answers(draw, lambda x: run(layers[1:], run(layers[:1], x)))
    return g.case(name, ('lstm_input', TensorProto.FLOAT, (B, T, I)), (top, 'lstm_1', (B, H)), runs)


def gru_sequences() -> Case:
    """GRU as Keras has it since 2 (reset_after), its sequence, a Dense layer of every step."""
    name, scope = 'keras-gru-sequences', f'{TOP}/gru'
    draw, g = Draw(name), Graph(13)
    layer, dense = draw.layer('GRU', I, reset_after=True, return_sequences=True), draw.dense(H, 4)
    state = g.zeros('gru_input', H, scope)
    x = g.transpose('gru_input', f'{scope}/PartitionedCall/transpose')
    y = g.squeeze(g.recurrent(x, [layer], [state])[0], 1)
    y = g.transpose(y, f'{scope}/PartitionedCall/transpose_1')
    top = g.tensordot(y, dense, f'{TOP}/dense')
    runs = answers(draw, lambda x: run([layer], x) @ dense[0] + dense[1])
    return g.case(name, ('gru_input', TensorProto.FLOAT, (B, T, I)), (top, 'dense', (B, T, 4)), runs)


def both_ways(g: Graph, x: str, layers: Sequence[Dict[str, Any]], scope: str) -> List[str]:
    """What the two layers' consumers get of the one node: a Slice of their direction, then the Squeeze they had."""
    state = g.zeros(x, H, f'{scope}/forward_lstm')
    # The four states are two and two by the rewriter, and one and the same once duplicates are merged.
    states = g.node('Concat', [state, state], axis=0)
    x = g.transpose(x, f'{scope}/forward_lstm/PartitionedCall/transpose')
    y = g.recurrent(x, layers, [states, states])[0]
    return [g.squeeze(g.slice(y, 1, k, k + 1), 1) for k in (0, 1)]


def bidirectional_sequences() -> Case:
    name, scope = 'keras-bidirectional-lstm', f'{TOP}/bidirectional'
    draw, g = Draw(name), Graph(15)
    layers = [draw.layer('LSTM', I, return_sequences=True) for _ in range(2)]
    parts = both_ways(g, 'bidirectional_input', layers, scope)
    parts = [g.transpose(part, f'{scope}/{way}_lstm/PartitionedCall/transpose_1')
             for part, way in zip(parts, ('forward', 'backward'))]
    top = g.node('Concat', parts, f'{scope}/concat', axis=2)
    runs = answers(draw, lambda x: run(layers, x))
    return g.case(name, ('bidirectional_input', TensorProto.FLOAT, (B, T, I)), (top, 'bidirectional', (B, T, 2 * H)),
                  runs)


def bidirectional_last() -> Case:
    """Embedding of tokens that Keras takes as floats, the last step of each direction, Dense, sigmoid."""
    name, scope = 'keras-bidirectional-lstm-last', f'{TOP}/bidirectional'
    draw, g = Draw(name), Graph(13)
    table = draw.normal(9, I)
    layers, dense = [draw.layer('LSTM', I) for _ in range(2)], draw.dense(2 * H, 1)
    tokens = g.node('Cast', ['embedding_input'], f'{TOP}/embedding/Cast', to=TensorProto.INT32)
    rows = g.const(f'{TOP}/embedding/embedding_lookup/params', table)
    x = g.node('Gather', [rows, tokens], f'{TOP}/embedding/embedding_lookup', axis=0)
    one, two = both_ways(g, x, layers, scope)
    # Steps of the backward layer are in the input's order here: its last is the first.
    parts = [g.last(one, f'{scope}/forward_lstm/PartitionedCall/strided_slice_2'), g.squeeze(g.slice(two, 0, 0, 1), 0)]
    logit = g.dense(g.node('Concat', parts, f'{scope}/concat', axis=1), dense, f'{TOP}/dense')
    top = g.node('Sigmoid', [logit], f'{TOP}/dense/Sigmoid')
    runs = looked_up(draw, table, F32, lambda x: keras.sigmoid(run(layers, x) @ dense[0] + dense[1]))
    return g.case(name, ('embedding_input', TensorProto.FLOAT, (B, T)), (top, 'dense', (B, 1)), runs)


def dynamic_rnn() -> Case:
    """tf.nn.dynamic_rnn of a GRUCell (reset before) over an embedding; lengths made of the shape by way of floats."""
    name = 'dynamic-rnn-gru-embedding'
    draw, g = Draw(name), Graph(9)
    table, layer = draw.normal(9, I), draw.layer('GRU', I, return_sequences=True)
    x = g.node('Gather', [g.const('embeddings/read', table), 'tokens:0'], 'embedding_lookup', axis=0)
    state = g.zeros(x, H, 'rnn/GRUCellZeroState')
    x = g.transpose(x, 'rnn/transpose')
    shape = g.node('Cast', [g.node('Shape', [x])], to=TensorProto.FLOAT)
    repeats = g.node('Cast', [g.slice(shape, 0, 1, 2)], to=TensorProto.INT64)
    lengths = g.node('Cast', [g.node('Tile', [g.slice(shape, 0, 0, 1), repeats])], to=TensorProto.INT32)
    y = g.recurrent(x, [layer], [state], lengths)[0]
    top = g.transpose(g.squeeze(y, 1), 'rnn/transpose_1')
    runs = looked_up(draw, table, np.int32, lambda x: run([layer], x))
    return g.case(name, ('tokens:0', TensorProto.INT32, (B, T)), (top, 'output:0', (B, T, H)), runs)


def simple_rnn() -> Case:
    """keras2onnx: Embedding, SimpleRNN, its sequence reshaped by a length read of the input, Dense."""
    name = 'keras2onnx-simple-rnn-embedding'
    draw, g = Draw(name), Graph(11)
    table, layer, dense = draw.normal(9, I), draw.layer('SimpleRNN', I, return_sequences=True), draw.dense(H, 4)
    rows = g.node('Reshape', ['embedding_input', g.int64('embedding_reshaped_shape', [0, -1])])
    tokens = g.node('Cast', [rows], to=TensorProto.INT32)
    x = g.node('Gather', [g.const('embedding/embeddings:0', table), tokens], 'embedding')
    constants = [g.const(f'simple_rnn_{part}', array) for part, array in zip('WRB', onnx_weights(layer))]
    rnn = g.many('RNN', [g.transpose(x, 'simple_rnn_X'), *constants], 2, 'simple_rnn', activations=['Tanh'],
                 direction='forward', hidden_size=H)
    steps = g.slice(g.node('Shape', [x]), 0, 1, 2)
    wanted = g.node('Concat', [g.int64('_a', [-1]), steps, g.int64('_b', [H])], axis=0)
    y = g.node('Reshape', [g.node('Transpose', [rnn[0]], perm=[2, 0, 1, 3]), wanted])
    top = g.dense(y, dense, 'dense')
    runs = looked_up(draw, table, F32, lambda x: run([layer], x) @ dense[0] + dense[1])
    return g.case(name, ('embedding_input', TensorProto.FLOAT, ('N', T)), (top, 'dense', ('N', T, 4)), runs)


def tf2onnx_cases() -> List[Case]:
    return [lstm_last(), lstm_stacked(), gru_sequences(), bidirectional_sequences(), bidirectional_last(),
            dynamic_rnn(), simple_rnn()]
