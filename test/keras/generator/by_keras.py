"""Models that a Keras itself writes and runs: masks, inner models, operations on tensors, every layer with several options.

    python test/keras/generator/by_keras.py 3 test/keras/keras-3.15.json.gz                       (keras 3.15.1)
    PYTHONPATH=… python test/keras/generator/by_keras.py 3 test/keras/keras-3.6.json.gz           (keras 3.6.0; 3.0.5 likewise)
    PYTHONPATH=… python test/keras/generator/by_keras.py 2 test/keras/tf-keras.json.gz            (tf-keras 2.21.0, tensorflowjs 4.22.0)
    python test/keras/generator/by_keras.py 3 test/keras/keras-3.15.json.gz call-                 only cases with "call-" in their names

Every weight is drawn, so that none is at its default, and the model is saved, loaded again by the Keras that
wrote it, and asked for its outputs.
"""

import base64
import json
import os
import sys
import tempfile
import zlib
from typing import Any, Callable, Dict, Iterator, List, Tuple

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''
MAJOR = int(sys.argv[1])

import numpy as np  # noqa: E402

if MAJOR == 2:
    import tensorflow as tf
    import tf_keras as keras
    VERSION = (2, 21)
else:
    import keras
    from keras import ops
    VERSION = tuple(int(part) for part in keras.__version__.split('.')[:2])
L = keras.layers
import archive  # noqa: E402

STEPS, FEATURES, UNITS, TOKENS = 5, 3, 4, 7
Made = Tuple[Any, List[np.ndarray]]
CASES: List[Tuple[str, Callable[[], Made]]] = []
RNG = np.random.default_rng(20261130)
#: Models that run what another one, of the same weights, cannot here.
TWINS: Dict[int, Any] = {}


def case(name: str) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    def note(make: Callable[[], Made]) -> Callable[[], Made]:
        CASES.append((name, make))
        return make
    return note


def numbers(*dims: int) -> np.ndarray:
    return RNG.uniform(-1.5, 1.5, dims).astype(np.float32)


def tokens(*dims: int) -> np.ndarray:
    """Padding before, between and after."""
    ids = RNG.integers(1, TOKENS, dims).astype(np.int32)
    ids[0, -2:] = 0
    ids[1, [0, 2]] = 0
    return ids


def flags(*dims: int) -> np.ndarray:
    kept = RNG.uniform(size=dims) > 0.4
    kept[:, 0] = True
    return kept


def sequence(name: str = 'x') -> Any:
    return keras.Input((STEPS, FEATURES), name=name)


def ids(name: str = 'ids') -> Any:
    return keras.Input((STEPS,), dtype='int32', name=name)


def rnn(kind: str, units: int = UNITS, **options: Any) -> Any:
    return getattr(L, kind)(units, **options)


def add_simple(name: str, layer: Callable[[], Any], shape: Tuple[int, ...] = (STEPS, FEATURES)) -> None:
    """A model of one layer, and one of it behind a masked sequence where it can be there."""
    def make() -> Made:
        x = keras.Input(shape, name='x')
        return keras.Model(x, layer()(x)), [numbers(2, *shape)]
    CASES.append((name, make))


# ---- masks

for kind in ('SimpleRNN', 'LSTM', 'GRU'):
    def mask_embedding(kind: str = kind) -> Made:
        x = ids()
        h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
        h = rnn(kind, return_sequences=True)(h)
        return keras.Model(x, L.Dense(2)(rnn(kind)(h))), [tokens(2, STEPS)]
    CASES.append((f'mask-embedding-{kind}', mask_embedding))

    def mask_masking(kind: str = kind) -> Made:
        x = sequence()
        h = L.Bidirectional(rnn(kind, return_sequences=True))(L.Masking(0.5)(x))
        data = numbers(2, STEPS, FEATURES)
        data[0, 3:] = 0.5
        data[1, 1] = 0.5
        return keras.Model(x, [h, L.GlobalAveragePooling1D()(h)]), [data]
    CASES.append((f'mask-masking-bidirectional-{kind}', mask_masking))

    def mask_argument(kind: str = kind) -> Made:
        x, m = sequence(), keras.Input((STEPS,), dtype='bool', name='m')
        h = rnn(kind, return_sequences=True)(x, mask=m)
        return keras.Model([x, m], rnn(kind)(h)), [numbers(2, STEPS, FEATURES), flags(2, STEPS)]
    CASES.append((f'mask-argument-{kind}', mask_argument))

    def mask_state(kind: str = kind) -> Made:
        x = ids()
        states = [keras.Input((UNITS,), name=f's{i}') for i in range(2 if kind == 'LSTM' else 1)]
        h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
        h = rnn(kind, return_sequences=True)(h, initial_state=states if kind == 'LSTM' else states[0])
        return keras.Model([x, *states], rnn(kind)(h)), [tokens(2, STEPS), *[numbers(2, UNITS) for _ in states]]
    CASES.append((f'mask-and-initial-state-{kind}', mask_state))

    def mask_argument_and_state(kind: str = kind) -> Made:
        x, m = sequence(), keras.Input((STEPS,), dtype='bool', name='m')
        states = [keras.Input((UNITS,), name=f's{i}') for i in range(2 if kind == 'LSTM' else 1)]
        h = rnn(kind, return_sequences=True, return_state=True)(x, mask=m, initial_state=states)
        return keras.Model([x, m, *states], h), [
            numbers(2, STEPS, FEATURES), flags(2, STEPS), *[numbers(2, UNITS) for _ in states]]
    CASES.append((f'mask-argument-and-initial-state-{kind}', mask_argument_and_state))


@case('mask-seq2seq')
def seq2seq() -> Made:
    one, two = ids('one'), ids('two')
    _, h, c = rnn('LSTM', return_state=True)(L.Embedding(TOKENS, FEATURES, mask_zero=True)(one))
    d = rnn('LSTM', return_sequences=True)(L.Embedding(TOKENS, FEATURES, mask_zero=True)(two), initial_state=[h, c])
    return keras.Model([one, two], L.TimeDistributed(L.Dense(2, activation='softmax'))(d)), [tokens(2, STEPS), tokens(3, STEPS)[:2]]


if MAJOR == 2:  # Keras 3 gives steps of steps the mask of all of them, which a layer after them refuses
    def sentences() -> np.ndarray:
        words = np.stack([tokens(2, STEPS) for _ in range(3)], 1)
        words[0, -1] = 0
        return words

    @case('TimeDistributed-masked-within')
    def steps_within() -> Made:
        x = keras.Input((3, STEPS), dtype='int32', name='ids')
        h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
        return keras.Model(x, rnn('GRU')(L.TimeDistributed(rnn('LSTM'))(h))), [sentences()]

    @case('TimeDistributed-Embedding-masked')
    def embedded_within() -> Made:
        x = keras.Input((3, STEPS), dtype='int32', name='ids')
        h = L.TimeDistributed(L.Embedding(TOKENS, FEATURES, mask_zero=True))(x)
        return keras.Model(x, rnn('GRU')(L.TimeDistributed(rnn('LSTM', return_sequences=False))(h))), [sentences()]


for kind in ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'):
    for half in (False, True):
        def merge_masked(kind: str = kind, half: bool = half) -> Made:
            x, y = ids('a'), sequence('b') if half else ids('b')
            one = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
            other = y if half else L.Embedding(TOKENS, FEATURES, mask_zero=True)(y)
            h = getattr(L, kind)()([one, other])
            second = numbers(2, STEPS, FEATURES) if half else tokens(2, STEPS)[::-1].copy()
            return keras.Model([x, y], [h, rnn('GRU', return_sequences=True)(h)]), [tokens(2, STEPS), second]
        CASES.append((f'mask-{kind}{"-half" if half else ""}', merge_masked))


for kind in ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'):
    def merge_ranks(kind: str = kind) -> Made:
        """A batch of as many vectors as there are steps: each is of a sequence, not of a step."""
        x, y = sequence('x'), keras.Input((FEATURES,), name='y')
        return keras.Model([x, y], [getattr(L, kind)()([x, y]), getattr(L, kind)()([y, x])]), [numbers(STEPS, STEPS, FEATURES), numbers(STEPS, FEATURES)]
    CASES.append((f'merge-ranks-{kind}', merge_ranks))


@case('mask-through-layers')
def through_layers() -> Made:
    x = ids()
    h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
    for layer in (L.Dropout(0.5), L.SpatialDropout1D(0.2), L.Dense(FEATURES), L.BatchNormalization(), L.LayerNormalization(),
                  L.Activation('tanh'), L.LeakyReLU(), L.TimeDistributed(L.Dense(FEATURES))):
        h = layer(h)
    return keras.Model(x, rnn('LSTM')(h)), [tokens(2, STEPS)]


@case('mask-lost-in-Conv1D')
def lost() -> Made:
    x = ids()
    h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
    return keras.Model(x, rnn('LSTM')(L.Conv1D(4, 3, padding='same')(h))), [tokens(2, STEPS)]


@case('mask-Softmax')
def masked_softmax() -> Made:
    x, m = keras.Input((STEPS,), name='x'), keras.Input((STEPS,), dtype='bool', name='m')
    return keras.Model([x, m], L.Softmax()(x, mask=m)), [numbers(2, STEPS), flags(2, STEPS)]


@case('mask-past-each-layer')
def past_each() -> Made:
    """Where a mask ends: behind each layer, a layer that would heed it."""
    x = ids()
    outputs = []
    for name, *options in (
            ('Activation', 'tanh'), ('ActivityRegularization',), ('AlphaDropout', 0.1), ('BatchNormalization',), ('Dense', 3), ('Dropout', 0.1), ('ELU',),
            ('EinsumDense', 'abc,cd->abd', (None, 3)), ('GaussianDropout', 0.1), ('GaussianNoise', 0.1), *([('GroupNormalization', 1)] if MAJOR == 3 else []), ('Identity',),
            ('LayerNormalization',), ('LeakyReLU',), ('PReLU',), ('ReLU',), ('SpatialDropout1D', 0.1), ('ThresholdedReLU',),
            ('UnitNormalization',), ('Rescaling', 0.5), ('RMSNormalization',), ('ZeroPadding1D',), ('Cropping1D',), ('UpSampling1D',), ('Conv1D', 2, 1),
            ('DepthwiseConv1D', 1), ('SeparableConv1D', 2, 1), ('Conv1DTranspose', 2, 1), ('MaxPooling1D', 1), ('AveragePooling1D', 1),
            ('Reshape', (STEPS, FEATURES)), ('Permute', (1, 2)), ('Masking', 0.0)):
        if hasattr(L, name):
            h = getattr(L, name)(*options)(L.Embedding(TOKENS, FEATURES, mask_zero=True)(x))
            outputs.append(rnn('GRU', 2)(h))
    return keras.Model(x, outputs), [tokens(2, STEPS)]


@case('mask-through-ConvLSTM1D')
def masked_convolutional() -> Made:
    x, m = keras.Input((STEPS, 4, 2), name='x'), keras.Input((STEPS,), dtype='bool', name='m')
    same = L.ConvLSTM1D(2, 3, padding='same', return_sequences=True, return_state=True)(x, mask=m)
    return keras.Model([x, m], [*same, L.ConvLSTM1D(2, 2, go_backwards=True)(x, mask=m)]), [numbers(2, STEPS, 4, 2), flags(2, STEPS)]


@case('mask-inner-model')
def mask_inner() -> Made:
    z = keras.Input((STEPS, FEATURES))
    inner = keras.Model(z, rnn('LSTM', return_sequences=True)(L.Dense(FEATURES)(z)), name='inner')
    x = ids()
    h = inner(L.Embedding(TOKENS, FEATURES, mask_zero=True)(x))
    return keras.Model(x, rnn('GRU')(h)), [tokens(2, STEPS)]


@case('mask-sequential')
def mask_sequential() -> Made:
    model = keras.Sequential([keras.Input((STEPS,)), L.Embedding(TOKENS, FEATURES, mask_zero=True),
                              L.Bidirectional(L.LSTM(UNITS, return_sequences=True)), L.GRU(UNITS), L.Dense(2)])
    return model, [tokens(2, STEPS).astype(np.float32)]


# ---- models in models

def encoder(name: str = 'enc') -> Any:
    z = keras.Input((STEPS, FEATURES))
    return keras.Model(z, rnn('LSTM')(z), name=name)


@case('inner-siamese')
def siamese() -> Made:
    enc, a, b = encoder(), sequence('a'), sequence('b')
    return keras.Model([a, b], L.Dense(2)(L.Concatenate()([enc(a), enc(b)]))), [numbers(2, STEPS, FEATURES) for _ in range(2)]


@case('inner-last')
def inner_last() -> Made:
    enc, a, b = encoder(), sequence('a'), sequence('b')
    return keras.Model([a, b], [enc(a), enc(b)]), [numbers(2, STEPS, FEATURES) for _ in range(2)]


if MAJOR == 2 or VERSION >= (3, 6):
    @case('inner-in-the-middle-and-last')
    def inner_mixed() -> Made:
        enc, a, b = encoder(), sequence('a'), sequence('b')
        one, other = enc(a), enc(b)
        return keras.Model([a, b], [other, L.Dense(2)(one)]), [numbers(2, STEPS, FEATURES) for _ in range(2)]


@case('inner-sequential')
def inner_sequential() -> Made:
    bare = keras.Sequential([L.LSTM(UNITS, return_sequences=True)], name='bare')
    shaped = keras.Sequential([keras.Input((STEPS, UNITS)), L.GRU(UNITS)], name='shaped')
    a, b = sequence('a'), sequence('b')
    return keras.Model([a, b], L.Subtract()([shaped(bare(a)), shaped(bare(b))])), [numbers(2, STEPS, FEATURES) for _ in range(2)]


@case('inner-in-inner')
def inner_in_inner() -> Made:
    z = keras.Input((STEPS, FEATURES))
    outer = keras.Model(z, L.Dense(3)(encoder('deep')(z)), name='outer')
    x = sequence()
    return keras.Model(x, L.Dense(2)(outer(x))), [numbers(2, STEPS, FEATURES)]


@case('inner-of-two-inputs')
def inner_two() -> Made:
    p, q = keras.Input((STEPS, FEATURES), name='p'), keras.Input((UNITS,), name='q')
    inner = keras.Model([p, q], [L.Add()([rnn('GRU')(p), q]), L.Dense(2)(q)], name='two')
    x, y = sequence(), keras.Input((UNITS,), name='y')
    one, other = inner([x, y])
    return keras.Model([x, y], L.Concatenate()([other, one])), [numbers(2, STEPS, FEATURES), numbers(2, UNITS)]


@case('inner-names-of-variables')
def names_of_variables() -> Made:
    """Models called like variables and like layers in them."""
    z = keras.Input((STEPS, FEATURES))
    kernel = keras.Model(z, L.Bidirectional(L.GRU(2, return_sequences=True))(L.Dense(3, name='bias')(z)), name='kernel')
    dense = keras.Sequential([keras.Input((STEPS, 4)), L.BatchNormalization(), L.Dense(3, name='dense'), L.Dense(2, name='kernel')], name='dense')
    x = sequence()
    return keras.Model(x, dense(kernel(x))), [numbers(2, STEPS, FEATURES)]


@case('inner-shared-layers')
def shared_layers() -> Made:
    lstm, dense = rnn('LSTM', FEATURES, return_sequences=True, name='both'), L.Dense(2, name='head')
    x, y = sequence('a'), sequence('b')
    one, other = lstm(x), lstm(lstm(y))
    return keras.Model([x, y], [dense(one), dense(L.Subtract()([one, other]))]), [numbers(2, STEPS, FEATURES) for _ in range(2)]


# ---- how models and layers are called

def apart(*names: str) -> Tuple[List[Any], Any]:
    """Inputs of these names, and a result to which each contributes in its own way."""
    inputs = [sequence(name) for name in names]
    last, *rest = [L.Dense(UNITS)(rnn('GRU')(x)) for x in reversed(inputs)]
    for other in rest:
        last = L.Subtract()([L.Dense(UNITS)(other), last])
    return inputs, last


def called(name: str, names: str, asked: Callable[[List[Any]], Any], given: Callable[[List[Any]], Any], outside: bool = False) -> None:
    """
    A model in a model.

    @param asked the structure of its inputs, of their list
    @param given what it is called with, of the list of as many tensors
    @param outside whether the model around it asks for the same
    """
    def make() -> Made:
        inputs, result = apart(*names)
        inner = keras.Model(asked(inputs), result, name='inner')
        x = [keras.Input((STEPS, FEATURES), name=f'in_{each}') for each in 'zyxw'[:len(names)]]
        h = [L.Dense(FEATURES)(each) for each in x]
        return keras.Model(asked(x) if outside else x, L.Dense(2)(inner(given(h)))), [numbers(2, STEPS, FEATURES) for _ in x]
    CASES.append((f'call-{name}', make))


called('dict', 'pq', lambda x: {'one': x[1], 'other': x[0]}, lambda h: {'other': h[0], 'one': h[1]}, outside=True)
called('dict-of-three', 'pqr', lambda x: {'c': x[0], 'a': x[1], 'b': x[2]}, lambda h: {'b': h[0], 'c': h[1], 'a': h[2]}, outside=True)
called('list-by-names', 'qp', lambda x: x, lambda h: {'p': h[0], 'q': h[1]})
called('list-by-other-names', 'qp', lambda x: x, lambda h: {'v': h[0], 'u': h[1]})
called('list-by-more-names', 'qp', lambda x: x, lambda h: {'p': h[0], 'a': h[0], 'q': h[1]})
called('dict-of-more', 'qp', lambda x: {'p': x[0], 'q': x[1]}, lambda h: {'a': h[0], 'p': h[0], 'q': h[1]})
called('dict-by-list', 'qp', lambda x: {'a': x[0], 'b': x[1]}, lambda h: h)
called('one-by-name', 'q', lambda x: x[0], lambda h: {'q': h[0]})
called('one-in-dict', 'q', lambda x: {'only': x[0]}, lambda h: {'only': h[0]}, outside=True)
called('one-in-list', 'q', lambda x: [x[0]], lambda h: [h[0]], outside=True)
called('list-in-list', 'pqr', lambda x: [x[0], [x[1], x[2]]], lambda h: [h[2], [h[0], h[1]]], outside=True)
called('tuple', 'pq', lambda x: (x[0], x[1]), lambda h: (h[1], h[0]))
called('list-in-dict', 'pqr', lambda x: {'b': x[0], 'a': [x[1], x[2]]}, lambda h: {'a': [h[2], h[0]], 'b': h[1]}, outside=True)
called('dict-in-dict', 'pqr', lambda x: {'b': {'z': x[0], 'y': x[1]}, 'a': x[2]}, lambda h: {'a': h[2], 'b': {'y': h[0], 'z': h[1]}}, outside=True)
called('dicts-in-list', 'pqr', lambda x: [{'b': x[0], 'a': x[1]}, {'a': x[2]}], lambda h: [{'a': h[0], 'b': h[1]}, {'a': h[2]}], outside=True)
called('dict-named-args', 'pq', lambda x: {'kwargs': x[1], 'args': x[0]}, lambda h: {'args': h[1], 'kwargs': h[0]}, outside=True)


@case('call-outputs-dict')
def outputs_dict() -> Made:
    x = sequence()
    z = keras.Input((STEPS, FEATURES), name='z')
    inner = keras.Model({'z': z}, {'last': rnn('LSTM')(z), 'all': rnn('GRU', return_sequences=True)(z), 'both': [L.Dense(2)(z), L.Dense(3)(z)]}, name='inner')
    h = inner({'z': x})
    return keras.Model({'x': x}, {'b': L.Dense(2)(h['last']), 'a': h['all'], 'c': L.Concatenate()(h['both'])}), [numbers(2, STEPS, FEATURES)]


@case('call-outputs-of-inner')
def outputs_of_inner() -> Made:
    x = sequence()
    z = keras.Input((STEPS, FEATURES), name='z')
    inner = keras.Model(z, {'last': rnn('LSTM')(z), 'all': rnn('GRU', return_sequences=True)(z)}, name='inner')
    return keras.Model(x, inner(x)), [numbers(2, STEPS, FEATURES)]


@case('call-dict-again')
def dict_again() -> Made:
    """Called twice, the second time with what came out of the first."""
    inputs = {name: keras.Input((STEPS, FEATURES), name=f'{name}_in') for name in 'ba'}
    inner = keras.Model(inputs, {'b': rnn('GRU', FEATURES, return_sequences=True)(inputs['a']), 'a': L.Subtract()([L.Dense(FEATURES)(inputs['a']), inputs['b']])}, name='inner')
    x = {name: keras.Input((STEPS, FEATURES), name=name) for name in 'ab'}
    return keras.Model(x, inner(inner(x))), [numbers(2, STEPS, FEATURES) for _ in x]


@case('call-dict-masked')
def dict_masked() -> Made:
    inputs, result = apart('p', 'q')
    inner = keras.Model({'b': inputs[0], 'a': inputs[1]}, result, name='inner')
    x, y = ids('x'), ids('y')
    h = {'b': L.Embedding(TOKENS, FEATURES, mask_zero=True)(x), 'a': L.Embedding(TOKENS, FEATURES, mask_zero=True)(y)}
    return keras.Model([x, y], inner(h)), [tokens(2, STEPS), tokens(2, STEPS)[::-1].copy()]


for name, names in (('dict', 'ba'), ('names', 'qp')):
    def masks_given(name: str = name, names: str = names) -> Made:
        """Masks that are given to a model in a dict."""
        inputs, result = apart('q', 'p')
        inner = keras.Model({'b': inputs[0], 'a': inputs[1]} if name == 'dict' else inputs, result, name='inner')
        x, y = sequence('x'), sequence('y')
        m, n = keras.Input((STEPS,), dtype='bool', name='m'), keras.Input((STEPS,), dtype='bool', name='n')
        return keras.Model([x, y, m, n], inner(dict(zip(names, [x, y])), mask=dict(zip(names, [m, n])))), [
            numbers(2, STEPS, FEATURES), numbers(2, STEPS, FEATURES), flags(2, STEPS), flags(2, STEPS)]
    CASES.append((f'call-masks-in-{name}', masks_given))


@case('call-keywords')
def keywords() -> Made:
    """The first argument by its name."""
    x, y = sequence('x'), sequence('y')
    inputs, result = apart('p', 'q')
    h = rnn('LSTM', FEATURES, return_sequences=True)(sequences=x) if MAJOR == 3 else rnn('LSTM', FEATURES, return_sequences=True)(inputs=x)
    h = L.Dense(FEATURES)(inputs=h)
    scores = L.MultiHeadAttention(2, 3)(value=y, query=h)
    return keras.Model([x, y], [scores, keras.Model(inputs, result)(inputs=[h, y]), L.Attention()(inputs=[h, y]), L.Add()(inputs=[h, x])]), [
        numbers(2, STEPS, FEATURES) for _ in range(2)]


@case('call-constants')
def constants() -> Made:
    """Layers and models called with arrays among tensors."""
    x, c = sequence(), numbers(2, STEPS, FEATURES)
    c = keras.ops.convert_to_tensor(c) if MAJOR == 3 else tf.constant(c)
    h = rnn('GRU', FEATURES, return_sequences=True)(x)
    return keras.Model(x, [L.Add()([h, c]), L.Multiply()([c, h])]), [numbers(2, STEPS, FEATURES)]


@case('call-model-with-constants')
def model_constants() -> Made:
    inputs, result = apart('p', 'q')
    x, c = sequence(), numbers(2, STEPS, FEATURES)
    c = keras.ops.convert_to_tensor(c) if MAJOR == 3 else tf.constant(c)
    return keras.Model(x, keras.Model(inputs, result, name='inner')([x, c])), [numbers(2, STEPS, FEATURES)]


if MAJOR == 3:  # Keras 2 cannot load what it writes of it
    @case('call-initial-state-constant')
    def state_constant() -> Made:
        x, c = sequence(), [keras.ops.convert_to_tensor(numbers(2, UNITS)) for _ in range(2)]
        return keras.Model(x, rnn('LSTM')(x, initial_state=c)), [numbers(2, STEPS, FEATURES)]


@case('call-layer-twice')
def layer_twice() -> Made:
    """One layer reads two sequences, and what came out of it."""
    x, lstm = sequence(), rnn('LSTM', FEATURES, return_sequences=True)
    return keras.Model(x, L.Subtract()([lstm(L.Dense(FEATURES)(x)), lstm(lstm(L.Dense(FEATURES)(x)))])), [numbers(2, STEPS, FEATURES)]


@case('call-states-of-another')
def states_of_another() -> Made:
    x = sequence()
    _, h, c = rnn('LSTM', return_state=True)(x)
    return keras.Model(x, rnn('LSTM', return_sequences=True)(L.Dense(FEATURES)(x), initial_state=[h, c])), [numbers(2, STEPS, FEATURES)]


@case('call-states-in-list')
def states_in_list() -> Made:
    x, h, c = sequence(), keras.Input((UNITS,), name='h'), keras.Input((UNITS,), name='c')
    return keras.Model([x, h, c], [rnn('LSTM')([x, h, c]), L.Bidirectional(rnn('GRU'))([x, h, c])]), [
        numbers(2, STEPS, FEATURES), numbers(2, UNITS), numbers(2, UNITS)]


@case('call-positional-mask')
def positional_mask() -> Made:
    x, m, h = sequence(), keras.Input((STEPS,), dtype='bool', name='m'), keras.Input((UNITS,), name='h')
    made = [rnn('GRU')(x, m), rnn('SimpleRNN')(x, m, False, h)] if MAJOR == 2 else [rnn('GRU')(x, None, m), rnn('SimpleRNN')(x, h, m)]
    return keras.Model([x, m, h], made), [numbers(2, STEPS, FEATURES), flags(2, STEPS), numbers(2, UNITS)]


@case('call-rank-added')
def rank_added() -> Made:
    """A model of sequences of one feature, called with their numbers alone; and the other way round."""
    z, w = keras.Input((STEPS, 1), name='z'), keras.Input((STEPS,), name='w')
    series = keras.Model(z, rnn('LSTM')(z), name='series')
    row = keras.Model(w, L.Dense(3)(w), name='row')
    x, y = keras.Input((STEPS,), name='x'), keras.Input((STEPS, 1), name='y')
    return keras.Model([x, y], [series(x), row(y)]), [numbers(2, STEPS), numbers(2, STEPS, 1)]


@case('call-steps-of-two-inputs')
def steps_of_two() -> Made:
    p, q = keras.Input((FEATURES,), name='p'), keras.Input((2,), name='q')
    inner = keras.Model([p, q], L.Dense(3)(L.Concatenate()([p, q])))
    x, y = sequence('x'), keras.Input((STEPS, 2), name='y')
    return keras.Model([x, y], L.TimeDistributed(inner)([x, y])), [numbers(2, STEPS, FEATURES), numbers(2, STEPS, 2)]


@case('call-steps-of-dict')
def steps_of_dict() -> Made:
    p, q = keras.Input((FEATURES,), name='p'), keras.Input((FEATURES,), name='q')
    inner = keras.Model([q, p], L.Dense(3)(L.Subtract()([L.Dense(2)(p), q[:, :2]])))
    x, y = sequence('x'), sequence('y')
    return keras.Model([x, y], L.TimeDistributed(inner)({'p': x, 'q': y})), [numbers(2, STEPS, FEATURES) for _ in range(2)]


@case('call-sequential-by-name')
def sequential_by_name() -> Made:
    inner = keras.Sequential([keras.Input((STEPS, FEATURES), name='z'), rnn('GRU')], name='inner')
    x = sequence()
    return keras.Model(x, inner({'z': x})), [numbers(2, STEPS, FEATURES)]


@case('stateful')
def stateful() -> Made:
    x = keras.Input(batch_shape=(2, STEPS, FEATURES), name='x')
    return keras.Model(x, rnn('LSTM', stateful=True, return_sequences=True)(x)), [numbers(2, STEPS, FEATURES)]


# ---- operations on tensors

def operation(name: str, apply: Callable[[Any], Any], least: Tuple[int, int] = (3, 0)) -> None:
    def make() -> Made:
        x = sequence()
        made = apply(rnn('LSTM', FEATURES, return_sequences=True)(x))
        return keras.Model(x, made), [numbers(2, STEPS, FEATURES)]
    if VERSION >= least:
        CASES.append((f'operation-{name}', make))


if MAJOR == 3:
    operation('arithmetic', lambda h: [h + h * 0.5, 2.0 - h, h / 3.0, -h, h ** 2, 1.5 * h - h, h @ ops.transpose(h, (0, 2, 1))])
    operation('get-item', lambda h: [h[:, -1], h[:, 1:4], h[:, ::2, 1:], h[..., 0], h[:, None, -1], h[:, -1, :], h[:, :, ::-1]])
    operation('reductions', lambda h: [ops.mean(h, axis=1), ops.sum(h, axis=-1, keepdims=True), ops.max(h, axis=1),
                                       ops.min(h, axis=(1, 2)), ops.prod(h, axis=2), ops.var(h, axis=1), ops.std(h, axis=-1),
                                       ops.logsumexp(h, axis=1), ops.mean(h, axis=(1, 2), keepdims=True)])
    operation('shapes', lambda h: [ops.reshape(h, (-1, FEATURES, STEPS)), ops.transpose(h, (0, 2, 1)), ops.flip(h, axis=1),
                                   ops.squeeze(h[:, -1:], axis=1), ops.expand_dims(h, axis=2), ops.swapaxes(h, 1, 2),
                                   ops.moveaxis(h, 1, 2), ops.repeat(h, 2, axis=1), ops.tile(h, (1, 2, 1)),
                                   ops.pad(h, ((0, 0), (1, 0), (0, 2)))])
    operation('joins', lambda h: [ops.concatenate([h, h * 2.0], axis=-1), ops.stack([h, -h], axis=2),
                                  *ops.split(h, 3, axis=-1), *ops.split(h, [1, 3], axis=1), ops.take(h, 2, axis=1)])
    operation('functions', lambda h: [ops.relu(h), ops.softmax(h), ops.softmax(h, axis=1), ops.sigmoid(h), ops.tanh(h),
                                      ops.exp(h), ops.log(h * h + 1.0), ops.sqrt(h * h + 0.5), ops.square(h), ops.abs(h),
                                      ops.maximum(h, 0.1), ops.minimum(h, h * 2.0), ops.clip(h, -0.1, 0.2), ops.gelu(h),
                                      ops.silu(h), ops.leaky_relu(h, 0.3), ops.elu(h), ops.softplus(h), ops.log_softmax(h),
                                      ops.hard_sigmoid(h), ops.sin(h), ops.cos(h), ops.sign(h), ops.log1p(h * h)])
    operation('conditions', lambda h: [ops.where(h > 0.0, h, 0.0), ops.cast(h > 0.1, 'float32'),
                                       ops.cast(ops.logical_and(h > 0.0, h < 0.2), 'float32'),
                                       ops.cast(ops.any(h > 0.1, axis=-1), 'float32'), ops.ones_like(h), ops.zeros_like(h),
                                       ops.cast(ops.argmax(h, axis=-1), 'float32'), ops.cumsum(h, axis=1)])

    @case('operation-named-as-layers')
    def named_as_layers() -> Made:
        x = sequence()
        h = rnn('LSTM', FEATURES, return_sequences=True)(x)
        added = L.Add()([x + h, h])
        shaped = L.Reshape((FEATURES, STEPS))(ops.reshape(added, (-1, STEPS * FEATURES)))
        return keras.Model(x, [L.Concatenate(axis=1)([shaped, ops.concatenate([shaped, shaped], axis=1)]), ops.multiply(h, x)]), [
            numbers(2, STEPS, FEATURES)]

    @case('operation-mask-computed')
    def mask_computed() -> Made:
        x = ids()
        h = L.Embedding(TOKENS, FEATURES)(x)
        return keras.Model(x, rnn('LSTM')(h, mask=ops.not_equal(x, 0))), [tokens(2, STEPS)]

    @case('operation-constant')
    def constant() -> Made:
        x = sequence()
        return keras.Model(x, x * np.array([1.0, -0.5, 2.0], np.float32) + 1), [numbers(2, STEPS, FEATURES)]


    @case('operation-constant-of-steps')
    def constant_of_steps() -> Made:
        x = sequence()
        return keras.Model(x, x * numbers(STEPS, 1) + 1), [numbers(2, STEPS, FEATURES)]

    operation('remainders', lambda h: [h % 0.3, h % -0.3, -1.0 % (h + 2.0), ops.round(h * 3.0), ops.full_like(h, 2.5), ops.full_like(h > 0, 1)])
    operation('lengths', lambda h: [ops.normalize(h, axis=-1), ops.normalize(h, axis=1, epsilon=1.0), ops.norm(h, axis=-1),
                                    ops.norm(h, axis=1, keepdims=True), ops.average(h, axis=1)], (3, 6))
    operation('windows', lambda h: [ops.max_pool(h, 2), ops.average_pool(h, 3, strides=1, padding='same')])
    operation('padding-value', lambda h: [ops.pad(h, ((0, 0), (1, 2), (0, 0)), constant_values=0.25)])

if MAJOR == 2:
    def function(name: str, apply: Callable[[Any], Any]) -> None:
        def make() -> Made:
            x = sequence()
            return keras.Model(x, apply(rnn('LSTM', FEATURES, return_sequences=True)(x))), [numbers(2, STEPS, FEATURES)]
        CASES.append((f'function-{name}', make))

    function('arithmetic', lambda h: [h + h * 0.5, 2.0 - h, h / 3.0, -h, h ** 2, 1.5 * h - h, h * tf.constant([1.0, -0.5, 2.0]), tf.math.add(h, 1.0),
                                      tf.matmul(h, h, transpose_b=True), tf.matmul(h, h, transpose_a=True)])
    function('pieces', lambda h: [h[:, -1], h[:, 1:4], h[:, ::2, 1:], h[..., 0], h[:, tf.newaxis, -1], tf.gather(h, [0, 2], axis=1), *tf.split(h, 3, axis=-1),
                                  *tf.split(h, [1, 4], axis=1)])
    function('reductions', lambda h: [tf.reduce_mean(h, axis=1), tf.reduce_sum(h, axis=-1, keepdims=True), tf.reduce_max(h, axis=1), tf.reduce_min(h, axis=[1, 2]),
                                      tf.math.reduce_std(h, axis=1), tf.math.reduce_variance(h, axis=-1), tf.reduce_logsumexp(h, axis=1),
                                      keras.backend.mean(h, axis=1), keras.backend.sum(h, axis=2), tf.norm(h, axis=-1)])
    function('shapes', lambda h: [tf.reshape(h, [-1, FEATURES, STEPS]), tf.transpose(h, [0, 2, 1]), tf.expand_dims(h, 2), tf.squeeze(h[:, -1:], 1), tf.reverse(h, [1]),
                                  tf.tile(h, [1, 2, 1]), tf.repeat(h, 2, axis=1), tf.concat([h, h * 2.0], axis=-1), tf.stack([h, -h], axis=2),
                                  tf.pad(h, [[0, 0], [1, 0], [0, 2]]), tf.pad(h, [[0, 0], [1, 0], [0, 2]], constant_values=0.5),
                                  keras.backend.permute_dimensions(h, (0, 2, 1)), keras.backend.concatenate([h, h])])
    function('functions', lambda h: [tf.nn.relu(h), tf.nn.softmax(h), tf.nn.softmax(h, axis=1), tf.sigmoid(h), tf.tanh(h), tf.exp(h), tf.sqrt(h * h + 0.5), tf.square(h),
                                     tf.abs(h), tf.maximum(h, 0.1), tf.minimum(h, h * 2.0), tf.clip_by_value(h, -0.1, 0.2), tf.nn.gelu(h), tf.nn.silu(h),
                                     tf.nn.leaky_relu(h, 0.3), tf.nn.elu(h), tf.math.softplus(h), tf.nn.log_softmax(h), tf.sign(h), tf.math.log1p(h * h),
                                     tf.where(h > 0.0, h, h * 0.1), tf.cast(h > 0.1, tf.float32), tf.cumsum(h, axis=1), tf.math.l2_normalize(h, axis=-1),
                                     tf.zeros_like(h), keras.activations.tanh(h), tf.math.logical_and(h > 0.0, h < 0.2)])

    @case('function-lets-no-mask-through')
    def function_mask() -> Made:
        x = ids()
        h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
        return keras.Model(x, [rnn('GRU')(h * 2.0), rnn('LSTM')(tf.concat([h, h], axis=-1))]), [tokens(2, STEPS)]

# ---- layers

for options in ({}, {'strides': 2, 'padding': 'same', 'activation': 'relu'}, {'dilation_rate': 2, 'use_bias': False}):
    named = '-'.join(f'{key}={value}' for key, value in options.items()) or 'plain'
    add_simple(f'Conv1D-{named}', lambda o=options: L.Conv1D(4, 3, **o), (9, 4))
    add_simple(f'Conv2D-{named}', lambda o=options: L.Conv2D(4, (3, 2), **o), (7, 6, 4))
    add_simple(f'SeparableConv1D-{named}', lambda o=options: L.SeparableConv1D(5, 3, depth_multiplier=2, **o), (9, 4))
    add_simple(f'SeparableConv2D-{named}', lambda o=options: L.SeparableConv2D(5, 3, **o), (7, 6, 4))
    add_simple(f'DepthwiseConv1D-{named}', lambda o=options: L.DepthwiseConv1D(3, depth_multiplier=2, **o), (9, 4))
    add_simple(f'DepthwiseConv2D-{named}', lambda o=options: L.DepthwiseConv2D(3, **o), (7, 6, 4))
for options in ({}, {'strides': 2, 'padding': 'same', 'activation': 'relu'}, {'strides': 3, 'use_bias': False}, {'padding': 'same'}):
    named = '-'.join(f'{key}={value}' for key, value in options.items()) or 'plain'
    add_simple(f'Conv1DTranspose-{named}', lambda o=options: L.Conv1DTranspose(5, 4, **o), (5, 3))
    add_simple(f'Conv2DTranspose-{named}', lambda o=options: L.Conv2DTranspose(2, (2, 3), **o), (3, 4, 3))
# Keras 3.6 writes no output_padding.
for extra in (0, 1) if MAJOR == 2 or VERSION >= (3, 15) else ():
    add_simple(f'Conv1DTranspose-output_padding={extra}', lambda e=extra: L.Conv1DTranspose(2, 3, strides=2, output_padding=e), (5, 3))
    add_simple(f'Conv1DTranspose-short-output_padding={extra}', lambda e=extra: L.Conv1DTranspose(2, 1, strides=2, output_padding=e), (5, 3))
    add_simple(f'Conv2DTranspose-output_padding={extra}',
               lambda e=extra: L.Conv2DTranspose(2, (3, 2), strides=(2, 3), padding='same', output_padding=(e, e + 1)), (3, 4, 3))
add_simple('Conv1D-causal', lambda: L.Conv1D(4, 3, padding='causal', dilation_rate=2), (9, 4))
add_simple('Conv2D-groups', lambda: L.Conv2D(4, 3, groups=2), (6, 5, 4))
for kind in ('MaxPooling', 'AveragePooling'):
    add_simple(f'{kind}1D', lambda k=kind: getattr(L, f'{k}1D')(2), (7, 3))
    add_simple(f'{kind}1D-same', lambda k=kind: getattr(L, f'{k}1D')(3, strides=2, padding='same'), (7, 3))
    add_simple(f'{kind}2D', lambda k=kind: getattr(L, f'{k}2D')((2, 3)), (7, 6, 3))
    add_simple(f'{kind}2D-same', lambda k=kind: getattr(L, f'{k}2D')(3, strides=(2, 1), padding='same'), (7, 6, 3))
for kind in ('GlobalMaxPooling', 'GlobalAveragePooling'):
    add_simple(f'{kind}1D', lambda k=kind: getattr(L, f'{k}1D')(), (7, 3))
    add_simple(f'{kind}2D', lambda k=kind: getattr(L, f'{k}2D')(), (4, 5, 3))
    add_simple(f'{kind}2D-keepdims', lambda k=kind: getattr(L, f'{k}2D')(keepdims=True), (4, 5, 3))
add_simple('ZeroPadding1D', lambda: L.ZeroPadding1D((1, 2)))
add_simple('ZeroPadding2D', lambda: L.ZeroPadding2D(((1, 0), (2, 1))), (3, 4, 2))
add_simple('Cropping1D', lambda: L.Cropping1D((1, 2)))
add_simple('Cropping2D', lambda: L.Cropping2D(((1, 0), (1, 1))), (4, 5, 2))
add_simple('UpSampling1D', lambda: L.UpSampling1D(3))
add_simple('UpSampling2D', lambda: L.UpSampling2D((2, 3)), (3, 4, 2))
add_simple('UpSampling2D-bilinear', lambda: L.UpSampling2D((2, 3), interpolation='bilinear'), (3, 4, 2))
for equation, shape, output in (('abc,cd->abd', (4, 3), (None, 5)), ('...x,xy->...y', (2, 4, 3), 5), ('abc,cde->abde', (4, 3), (None, 2, 3)),
                                ('abc,bd->adc', (4, 3), (5, 3)), ('ab...,bc->ac...', (3, 4, 2), 5)):
    add_simple(f'EinsumDense-{equation}', lambda e=equation, o=output: L.EinsumDense(
        e, output_shape=o, bias_axes=e.split('->')[1].replace('.', '')[-1] if e != 'ab...,bc->ac...' else None, activation='tanh'), shape)
if MAJOR == 3 and VERSION >= (3, 9):
    add_simple('RMSNormalization', lambda: L.RMSNormalization())
    add_simple('RMSNormalization-axes', lambda: L.RMSNormalization(axis=(1, 2), epsilon=0.01))
if MAJOR == 3 and (3, 6) <= VERSION < (3, 12):  # 3.0 does not write it
    add_simple('LayerNormalization-rms_scaling', lambda: L.LayerNormalization(rms_scaling=True))
if MAJOR == 3 and VERSION >= (3, 15):
    add_simple('Dense-sparsemax', lambda: L.Dense(4, activation='sparsemax'))
add_simple('Rescaling', lambda: L.Rescaling(0.5, offset=-1.0))
add_simple('UnitNormalization', lambda: L.UnitNormalization())
add_simple('UnitNormalization-axis-1', lambda: L.UnitNormalization(axis=1))
add_simple('GroupNormalization', lambda: L.GroupNormalization(2), (5, 6))
add_simple('GroupNormalization-instance', lambda: L.GroupNormalization(-1, epsilon=0.01), (4, 5, 6))
add_simple('GroupNormalization-plain', lambda: L.GroupNormalization(3, scale=False, center=False), (5, 6))
add_simple('Softmax-axes', lambda: L.Softmax(axis=[1, 2]))
add_simple('TimeDistributed-Conv1D', lambda: L.TimeDistributed(L.Conv1D(2, 2)), (3, 5, 2))
add_simple('TimeDistributed-LSTM', lambda: L.TimeDistributed(L.LSTM(3)), (3, 5, 2))
add_simple('TimeDistributed-model', lambda: L.TimeDistributed(keras.Sequential([keras.Input((5, 2)), L.Conv1D(3, 2), L.Flatten(), L.Dense(2)])), (3, 5, 2))
add_simple('Normalization-given', lambda: L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 4.0, 0.25]))


@case('Normalization-adapted')
def normalization() -> Made:
    layer = L.Normalization(axis=-1)
    layer.adapt(numbers(8, STEPS, FEATURES))
    x = sequence()
    return keras.Model(x, layer(x)), [numbers(2, STEPS, FEATURES)]


for axes in ((1, 1), (2, 2), (2, 1)):
    for normalize in (False, True):
        def dots(axes: Tuple[int, int] = axes, normalize: bool = normalize) -> Made:
            x, y = keras.Input((3, 3), name='x'), keras.Input((3, 3), name='y')
            return keras.Model([x, y], L.Dot(axes=axes, normalize=normalize)([x, y])), [numbers(2, 3, 3), numbers(2, 3, 3)]
        CASES.append((f'Dot-{axes[0]}-{axes[1]}{"-normalize" if normalize else ""}', dots))


@case('Dot-vectors')
def dot_vectors() -> Made:
    x, y, z = keras.Input((3,), name='x'), keras.Input((3,), name='y'), sequence('z')
    return keras.Model([x, y, z], [L.Dot(axes=1)([x, y]), L.Dot(axes=(1, 2))([x, z]), L.Dot(axes=(2, 1))([z, x])]), [
        numbers(2, 3), numbers(2, 3), numbers(2, STEPS, FEATURES)]


def attention_cases() -> None:
    layers = {'Attention': lambda: L.Attention(), 'Attention-scale': lambda: L.Attention(use_scale=True),
              'Attention-concat': lambda: L.Attention(score_mode='concat', use_scale=True),
              'AdditiveAttention': lambda: L.AdditiveAttention(), 'AdditiveAttention-plain': lambda: L.AdditiveAttention(use_scale=False)}
    for name, layer in layers.items():
        def make(layer: Any = layer) -> Made:
            q, v, k = sequence('q'), keras.Input((4, FEATURES), name='v'), keras.Input((4, FEATURES), name='k')
            own = layer()
            return keras.Model([q, v, k], [own([q, v]), own([q, v, k])]), [
                numbers(2, STEPS, FEATURES), numbers(2, 4, FEATURES), numbers(2, 4, FEATURES)]
        CASES.append((name, make))

        def masked(layer: Any = layer) -> Made:
            q, v = ids('q'), ids('v')
            one, other = L.Embedding(TOKENS, FEATURES, mask_zero=True)(q), L.Embedding(TOKENS, FEATURES, mask_zero=True)(v)
            h = layer()([one, other], use_causal_mask=True)
            return keras.Model([q, v], [h, rnn('GRU')(h)]), [tokens(2, STEPS), np.maximum(tokens(2, STEPS), [[1, 0, 0, 0, 0]]).astype(np.int32)]
        CASES.append((f'{name}-masked', masked))
    heads = {'MultiHeadAttention': {}, 'MultiHeadAttention-value_dim': {'value_dim': 5, 'use_bias': False}, 'MultiHeadAttention-dropout': {'dropout': 0.1}}
    for name, options in heads.items():
        def many(options: Any = options) -> Made:
            x, y = keras.Input((STEPS, 6), name='x'), keras.Input((4, 6), name='y')
            own = L.MultiHeadAttention(2, 3, **options)
            scores = list(own(x, y, return_attention_scores=True)) if MAJOR == 2 else []
            return keras.Model([x, y], [own(x, y), own(x, y, use_causal_mask=True), *scores]), [
                numbers(2, STEPS, 6), numbers(2, 4, 6)]
        CASES.append((name, many))

        def many_masked(options: Any = options) -> Made:
            x = ids()
            h = L.Embedding(TOKENS, 6, mask_zero=True)(x)
            h = L.MultiHeadAttention(2, 3, **options)(h, h)
            return keras.Model(x, [h, rnn('LSTM')(h)]), [tokens(2, STEPS)]
        CASES.append((f'{name}-masked', many_masked))


attention_cases()

for options in ({}, {'return_sequences': True, 'padding': 'same', 'strides': 1}, {'return_state': True, 'go_backwards': True}):
    named = '-'.join(options) or 'plain'
    add_simple(f'ConvLSTM1D-{named}', lambda o=options: L.ConvLSTM1D(3, 3, **o), (4, 6, 2))
    add_simple(f'ConvLSTM2D-{named}', lambda o=options: L.ConvLSTM2D(3, (2, 3), **o), (4, 5, 6, 2))

for policy in ('mixed_float16', 'mixed_bfloat16', 'float16') if MAJOR == 2 or VERSION >= (3, 15) else ():
    def in_half(policy: str = policy) -> Made:
        """A model that computes in half precision; its twin, of the same weights, does in float32, as we do."""
        models = []
        for each in (policy, 'float32'):
            keras.mixed_precision.set_global_policy(each)
            x = keras.Input((STEPS,), dtype='int32', name='ids')
            h = L.Embedding(TOKENS, FEATURES, mask_zero=True)(x)
            h = L.Bidirectional(rnn('LSTM', return_sequences=True))(h)
            h = L.LayerNormalization()(L.Conv1D(UNITS, 2, padding='same', activation='relu')(h) + h[:, :, :UNITS])
            models.append(keras.Model(x, L.Dense(3, activation='softmax', dtype='float32')(rnn('GRU')(h))))
        TWINS[id(models[0])] = models[1]
        return models[0], [tokens(2, STEPS)]
    CASES.append((f'precision-{policy}', in_half))

if VERSION >= (3, 5):
    def quantised(mode: str) -> None:
        @case(f'quantize-{mode}')
        def make() -> Made:
            x = ids()
            h = L.Embedding(TOKENS, 6, mask_zero=True)(x)
            h = L.Dense(5, activation='relu')(h)
            model = keras.Model(x, L.Dense(3)(rnn('LSTM')(h)))
            draw(model)
            model.quantize(mode)
            return model, [tokens(2, STEPS)]
    quantised('int8')

    @case('int8-Embedding')
    def embedded() -> Made:
        x = ids()
        model = keras.Model(x, L.Embedding(TOKENS, 6)(x))
        draw(model)
        model.quantize('int8')
        return model, [tokens(2, STEPS)]

if MAJOR == 2:
    from by_tensorflowjs import files_of
    for kind in ('uint8', 'uint16', 'float16', 'shards'):
        @case(f'tfjs-{kind}')
        def converted() -> Made:
            x = ids()
            h = L.Bidirectional(L.LSTM(UNITS, return_sequences=True, recurrent_activation='hard_sigmoid'))(L.Embedding(TOKENS, FEATURES, mask_zero=True)(x))
            return keras.Model(x, L.Dense(2, activation='relu')(L.GRU(UNITS, reset_after=False)(h))), [tokens(2, STEPS)]

    from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU
    from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM
    for kind, cell in (('LSTM', CuDNNLSTM), ('GRU', CuDNNGRU)):
        for sequences in (False, True):
            def cudnn(kind: str = kind, cell: Any = cell, sequences: bool = sequences) -> Made:
                """A model of Nvidia's cells, which need a GPU to run: tf-keras loads its weights into plain cells and runs those."""
                plain = rnn(kind, return_sequences=sequences, **({'reset_after': True} if kind == 'GRU' else {}))
                models = []
                for layer in (cell(UNITS, return_sequences=sequences), plain):
                    x = sequence()
                    models.append(keras.Model(x, L.Dense(2)(layer(x))))
                TWINS[id(models[0])] = models[1]
                return models[0], [numbers(2, STEPS, FEATURES)]
            CASES.append((f'CuDNN{kind}{"-sequences" if sequences else ""}', cudnn))

            def cudnn_both(kind: str = kind, cell: Any = cell, sequences: bool = sequences) -> Made:
                plain = rnn(kind, return_sequences=sequences, **({'reset_after': True} if kind == 'GRU' else {}))
                models = []
                for layer in (cell(UNITS, return_sequences=sequences), plain):
                    x = sequence()
                    models.append(keras.Model(x, L.Bidirectional(layer)(x)))
                TWINS[id(models[0])] = models[1]
                return models[0], [numbers(2, STEPS, FEATURES)]
            CASES.append((f'CuDNN{kind}-bidirectional{"-sequences" if sequences else ""}', cudnn_both))


#: Cases that tensorflowjs writes as well.
TFJS = ('mask-embedding', 'mask-seq2seq', 'mask-masking', 'mask-through', 'mask-sequential', 'inner', 'call-dict-of-three', 'call-list-by-names', 'stateful', 'Conv1D', 'Conv2D-plain', 'SeparableConv1D-plain',
        'MaxPooling1D', 'GlobalAveragePooling', 'TimeDistributed', 'ConvLSTM2D-plain', 'Dot-1-1')


#: Cases that Keras 3 also writes as .h5, whose configurations leave out what a .keras file says.
LEGACY = ('mask-embedding-LSTM', 'mask-argument-GRU', 'mask-and-initial-state-LSTM', 'mask-seq2seq', 'mask-Add', 'mask-inner', 'mask-past', 'mask-sequential',
          'inner', 'call-dict-of-three', 'call-list-by-names', 'operation', 'stateful', 'EinsumDense-abc,cd->abd', 'MultiHeadAttention-masked', 'ConvLSTM1D-plain', 'quantize', 'int8')


def draw(model: Any) -> None:
    """Every weight anew, variances above zero; seeds and counters stay."""
    for weight in model.weights:
        name = getattr(weight, 'path', weight.name)
        value = np.asarray(weight.numpy() if hasattr(weight, 'numpy') else weight)
        if not str(value.dtype).endswith(('float32', 'float16')) or name.startswith(('mean:', 'variance:', 'count:')) or 'normalization' in name and (
                'count' in name or model_is_adapted(name)):
            continue
        drawn = RNG.uniform(-0.7, 0.7, value.shape).astype(np.float32)
        weight.assign((np.abs(drawn) + np.float32(0.1) if 'variance' in name else drawn).astype(value.dtype))


def model_is_adapted(name: str) -> bool:
    return name.split('/')[0].startswith('normalization')


def packed(array: Any) -> Dict[str, Any]:
    array = np.asarray(array)
    kind = array.dtype.name
    as_written = array.astype(np.float32 if kind.startswith('float') else np.int32)
    return {'dims': list(array.shape), 'data': base64.b64encode(np.ascontiguousarray(as_written).tobytes()).decode(),
            'type': 'float32' if kind.startswith('float') else 'int32'}


def flat(value: Any) -> List[Any]:
    if isinstance(value, dict):
        return flat([value[key] for key in sorted(value)])
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]


def as_asked(model: Any, given: List[Any]) -> Any:
    """The inputs in the structure that the model was made with: one, a list, a dict, lists in dicts."""
    asked = getattr(model, '_inputs_struct' if MAJOR == 3 else '_nested_inputs', None)
    if asked is None:  # a Sequential
        return given[0]
    each = iter(given)

    def fill(shape: Any) -> Any:
        if isinstance(shape, dict):
            return {key: fill(shape[key]) for key in sorted(shape)}
        return [fill(part) for part in shape] if isinstance(shape, (list, tuple)) else next(each)
    return fill(asked)


def written(model: Any, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f'model{ending}')
        model.save(path)
        with open(path, 'rb') as file:
            return file.read()


def outputs_of(model: Any, feeds: List[np.ndarray]) -> List[Any]:
    twin = TWINS.get(id(model))
    if twin is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f'{"m" if MAJOR == 2 else "m.weights"}.h5')
            model.save_weights(path)
            twin.load_weights(path)
        model = twin
    given = [keras.ops.convert_to_tensor(feed) for feed in feeds] if MAJOR == 3 else [tf.constant(feed) for feed in feeds]
    return flat(model(as_asked(model, given)))


def main() -> None:
    global RNG
    cases, left_out = [], []
    only = sys.argv[3] if len(sys.argv) > 3 else ''
    for name, make in CASES:
        if only not in name:
            continue
        keras.backend.clear_session()
        # Of its own for each case, so that a new one leaves the others as they are.
        RNG = np.random.default_rng(zlib.crc32(name.encode()))
        try:
            model, feeds = make()
            if not name.startswith(('quantize', 'int8')):
                draw(model)
            want = outputs_of(model, feeds)
            formats = ['.keras'] if MAJOR == 3 else ['.h5']
            if MAJOR == 3 and name.startswith(LEGACY):
                formats.append('.h5')
            if MAJOR == 2 and name.startswith('tfjs'):
                kind = name.split('-')[1]
                made = files_of(model, None if kind == 'shards' else kind, 256 if kind == 'shards' else 1 << 22)
                want = outputs_of(made.pop('again'), feeds)
                cases.append({'name': name, 'files': {'tfjs': made}, 'feeds': [packed(feed) for feed in feeds], 'outputs': [packed(each) for each in want]})
                continue
            if MAJOR == 2 and name.startswith(('mask-embedding', 'inner', 'call-dict-of-three', 'call-list-by-names', 'Conv2D', 'MultiHead')):
                formats.append('.keras')
            files = {ending: base64.b64encode(written(model, ending)).decode() for ending in formats if ending in ('.keras', formats[0])}
            if '.h5' in formats[1:]:
                try:
                    files['.h5'] = base64.b64encode(written(model, '.h5')).decode()
                except Exception as error:  # noqa: BLE001: names of weights that come twice, policies without names
                    left_out.append(f'{name}.h5: {str(error).splitlines()[0][:150]}')
        except Exception as error:  # noqa: BLE001: what this Keras cannot do is no case of it
            left_out.append(f'{name}: {str(error).splitlines()[0][:150]}')
            continue
        if MAJOR == 2 and name.startswith(TFJS):
            made = files_of(model)
            files['tfjs'] = {'model': made['model'], 'shards': made['shards']}
        cases.append({'name': name, 'files': files, 'feeds': [packed(feed) for feed in feeds], 'outputs': [packed(each) for each in want]})
    whole = archive.joined(sys.argv[2], cases, [name for name, _ in CASES]) if only else cases
    size = archive.write(sys.argv[2], json.dumps({'version': keras.__version__, 'cases': whole}, separators=(',', ':')))
    print(keras.__version__, len(cases), 'cases made,', len(whole), 'in the archive,', size, 'bytes')
    for line in left_out:
        print('  left out:', line)


if __name__ == '__main__':
    main()
