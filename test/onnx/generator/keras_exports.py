"""
Keras models as tf2onnx itself writes them (tf-keras, tensorflow-cpu, tf2onnx of PyPI), with what TensorFlow computes for them.
onnxruntime must agree with it.
"""

import logging
import os
import warnings
from typing import Any, Callable, Dict, List, Sequence, Tuple

os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', TF_USE_LEGACY_KERAS='1', CUDA_VISIBLE_DEVICES='')

import numpy as np  # noqa: E402

# tf2onnx 1.16 uses names that NumPy has dropped.
for _name, _type in (('bool', bool), ('object', object), ('int', int), ('float', float), ('cast', None)):
    if not hasattr(np, _name):
        setattr(np, _name, _type)

import onnxruntime  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf2onnx  # noqa: E402
import tf_keras as keras  # noqa: E402
from tf_keras import layers as L  # noqa: E402

from generator.archive import Case, seed_of  # noqa: E402

Shape = Tuple[int, ...]
# How a model is made, the shapes that it is fed, the opset, the batches.
Plan = Tuple[Callable[[], Any], Sequence[Shape], int, Sequence[int]]

PLANS: Dict[str, Plan] = {}


def plan(name: str, make: Callable[[], Any], *shapes: Shape, opset: int = 15, batches: Sequence[int] = (2, 3)) -> None:
    PLANS[name] = (make, shapes, opset, batches)


def sequential(name: str, shape: Tuple[Any, ...], fed: Shape, *layers: Callable[[], Any], **options: Any) -> None:
    """Layers one after the other, made when they are needed: each draws its weights then."""
    plan(name, lambda: keras.Sequential([L.Input(shape), *[make() for make in layers]]), fed, **options)


def recurrent_plans() -> None:
    """What Keras' own options make of a recurrent layer; opsets take turns."""
    open_, fed = (None, 4), (5, 4)
    for kind, opset in (('LSTM', 18), ('GRU', 15), ('SimpleRNN', 12)):
        C = getattr(L, kind)
        cell = getattr(L, f'{kind}Cell')
        each = lambda name, *made, kind=kind, **options: sequential(  # noqa: E731
            f'{kind}-{name}', options.pop('shape', open_), options.pop('fed', fed), *made, **options
        )
        each('last', lambda C=C: C(6), lambda: L.Dense(3), opset=opset)
        each('backwards', lambda C=C: C(6, return_sequences=True, go_backwards=True), opset=opset)
        each('relu', lambda C=C: C(6, activation='relu'), opset=18)
        each('unrolled', lambda C=C: C(6, unroll=True), shape=fed, opset=9)
        each('two-ways', lambda C=C: L.Bidirectional(C(5, return_sequences=True)), opset=opset)
        each('two-ways-summed', lambda C=C: L.Bidirectional(C(5, return_sequences=True), merge_mode='sum'), opset=opset)
        masked = (lambda: L.Embedding(10, 4, mask_zero=True), lambda C=C: C(5, return_sequences=True), lambda C=C: C(4))
        each('embedded', *masked, shape=(None,), fed=(6,), opset=opset)
        each('masked', lambda: L.Masking(0.0), lambda C=C: C(5), opset=opset)
        each('over-frames', lambda C=C: L.TimeDistributed(C(4)), lambda C=C: C(3), shape=(3, 5, 4), fed=(3, 5, 4), opset=opset)
        each('cells', lambda cell=cell: L.RNN([cell(5), cell(4)], return_sequences=True), opset=opset)

        def with_states(C: Any = C, count: int = 2 if kind == 'LSTM' else 1) -> Any:
            x, states = L.Input((None, 4)), [L.Input((5,)) for _ in range(count)]
            return keras.Model([x, *states], C(5, return_sequences=True, return_state=True)(x, initial_state=states))

        plan(f'{kind}-states', with_states, (4, 4), *[(5,)] * (2 if kind == 'LSTM' else 1), opset=opset)
        stateful = lambda C=C: keras.Sequential([L.Input(batch_shape=(2, 5, 4)), C(6, stateful=True)])  # noqa: E731
        plan(f'{kind}-stateful', stateful, (5, 4), opset=opset, batches=(2,))
    sequential('GRU-reset-before', open_, fed, lambda: L.GRU(6, reset_after=False, return_sequences=True))
    sequential('GRU-hard', open_, fed, lambda: L.GRU(6, recurrent_activation='hard_sigmoid', activation='softsign'))
    sequential('LSTM-hard', open_, fed, lambda: L.LSTM(6, recurrent_activation='hard_sigmoid', return_sequences=True))


def model_plans() -> None:
    norm, lstm = L.BatchNormalization, lambda: L.LSTM(5)
    conv = lambda: L.Conv1D(6, 3, padding='same', activation='relu')  # noqa: E731
    sequential('conv-lstm', (20, 3), (20, 3), conv, norm, lambda: L.MaxPooling1D(2), lstm)
    dilated = lambda: L.Conv1D(6, 3, padding='causal', dilation_rate=2)  # noqa: E731
    sequential('causal', (None, 3), (12, 3), dilated, L.LeakyReLU, lambda: L.GRU(4))
    images = (4, 6, 6, 2)
    first = lambda: L.ConvLSTM2D(3, 3, padding='same', return_sequences=True)  # noqa: E731
    sequential('conv-lstm-2d', images, images, first, lambda: L.ConvLSTM2D(2, 3))
    pixels = lambda: L.Conv2D(4, 3, padding='same', activation='relu')  # noqa: E731
    columns = lambda: L.Reshape((8, 16))  # noqa: E731
    both = lambda: L.Bidirectional(L.LSTM(5, return_sequences=True))  # noqa: E731
    reader = (pixels, lambda: L.MaxPooling2D((2, 2)), norm, lambda: L.Permute((2, 1, 3)), columns, both)
    sequential('reader', (8, 16, 1), (8, 16, 1), *reader, lambda: L.Dense(6, activation='softmax'), opset=12)
    wider = (lambda: L.Conv1DTranspose(5, 4, strides=2, padding='same'), lambda: L.UpSampling1D(2))
    sequential('wider', (6, 4), (6, 4), *wider, lambda: L.GRU(3, return_sequences=True))
    repeated = (lambda: L.LSTM(6), lambda: L.RepeatVector(5), lambda: L.LSTM(6, return_sequences=True))
    sequential('autoencoder', (5, 4), (5, 4), *repeated, lambda: L.TimeDistributed(L.Dense(4)), opset=9)

    def luong() -> Any:
        x = L.Input((None, 4))
        h, state = L.GRU(6, return_sequences=True, return_state=True)(x)
        d = L.GRU(6, return_sequences=True)(x, initial_state=state)
        return keras.Model(x, L.Concatenate()([L.Attention()([d, h]), L.AdditiveAttention()([d, h]), d]))

    def heads() -> Any:
        x = L.Input((None, 4))
        h = L.GRU(6, return_sequences=True)(x)
        return keras.Model(x, L.LayerNormalization()(L.Add()([h, L.MultiHeadAttention(2, 3)(h, h)])))

    def translator() -> Any:
        x, y = L.Input((None, 4)), L.Input((3, 4))
        _, h, c = L.LSTM(5, return_state=True)(x)
        o = L.LSTM(5, return_sequences=True)(y, initial_state=[h, c])
        return keras.Model([x, y], L.TimeDistributed(L.Dense(4, activation='softmax'))(o))

    def greedy() -> Any:
        return Greedy.called((5,))

    plan('luong', luong, (5, 4))
    plan('heads', heads, (5, 4), opset=18)
    plan('translator', translator, (5, 4), (3, 4), opset=12)
    plan('greedy', greedy, (5,))


class Called(keras.Model):
    """A model of TensorFlow's own functions."""

    @classmethod
    def called(cls, shape: Shape) -> Any:
        model = cls()
        model(tf.zeros((2, *shape)))
        x = L.Input(shape)
        return keras.Model(x, model(x))


class Greedy(Called):
    """A while loop over a TensorArray that grows, until all sequences have ended."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.embedding, self.out = L.GRUCell(5), L.Embedding(8, 4), L.Dense(8)

    @tf.function
    def call(self, h: Any) -> Any:
        token = tf.zeros((tf.shape(h)[0],), tf.int32)
        said = tf.TensorArray(tf.int32, size=0, dynamic_size=True, element_shape=(None,))
        i, done = 0, tf.zeros_like(token, tf.bool)
        while tf.logical_and(i < 9, tf.logical_not(tf.reduce_all(done))):
            y, [h] = self.cell(self.embedding(token), [h])
            token = tf.argmax(self.out(y), -1, output_type=tf.int32)
            said = said.write(i, token)
            done = tf.logical_or(done, tf.equal(token, 3))
            i += 1
        return tf.transpose(said.stack())


def feed(name: str, shape: Shape, batch: int) -> np.ndarray:
    """Padding at the end where a model masks: of one sequence more than of the others, and none of all."""
    if name.endswith('-embedded'):
        tokens = np.random.randint(1, 9, (batch, *shape)).astype(np.float32)
        tokens[0, 3:] = 0
        return tokens
    x = np.random.randn(batch, *shape).astype(np.float32)
    if name.endswith('-masked'):
        x[0, 3:] = 0
        x[1:, 4:] = 0
    return x


def keras_case(name: str) -> Case:
    make, shapes, opset, batches = PLANS[name]
    tf.random.set_seed(seed_of(name))
    np.random.seed(seed_of(name))
    model = make()
    for weight in model.weights:
        if any(word in weight.name for word in ('bias', 'beta', 'mean')):
            weight.assign(np.random.uniform(-0.3, 0.3, weight.shape))
        if 'variance' in weight.name:
            weight.assign(np.random.uniform(0.5, 1.5, weight.shape))
    specs = [tf.TensorSpec(each.shape, each.dtype, name=f'in{i}') for i, each in enumerate(model.inputs)]
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=specs, opset=opset)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=['CPUExecutionProvider'])
    names = [each.name for each in session.get_inputs()]
    runs = []
    for batch in batches:
        given = [feed(name, shape, batch) for shape in shapes]
        if name.endswith('-stateful'):
            model.reset_states()
        want = model(given if len(given) > 1 else given[0])
        want = [each.numpy() for each in (want if isinstance(want, (list, tuple)) else [want])]
        inputs = [given[int(each.removeprefix('in').split(':')[0])] for each in names]
        for got, expected in zip(session.run(None, dict(zip(names, inputs))), want):
            assert np.allclose(got, expected, 1e-4, 1e-5), f'{name}: {np.abs(got - expected).max()}'
        runs.append((inputs, want))
    return Case(f'{name}-opset{opset}', proto, runs)


def keras_cases() -> List[Case]:
    warnings.filterwarnings('ignore')
    logging.disable(logging.CRITICAL)
    recurrent_plans()
    model_plans()
    return [keras_case(name) for name in PLANS]
