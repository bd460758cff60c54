"""Small models, one for each layer and option, and some as people build them, made of the layers of any Keras."""

from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

STEPS, FEATURES, UNITS, TOKENS, BATCH = 5, 3, 5, 7, 3
KINDS = ('SimpleRNN', 'LSTM', 'GRU')
SEQUENCE = (STEPS, FEATURES)
MERGES = ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate')
ACTIVATIONS = ('linear', 'relu', 'tanh', 'sigmoid', 'relu6', 'softplus', 'softsign', 'exponential', 'elu', 'selu',
               'hard_sigmoid', 'gelu', 'silu', 'swish', 'hard_silu', 'mish', 'leaky_relu', 'softmax', 'log_softmax',
               'log_sigmoid', 'celu', 'hard_tanh', 'hard_shrink', 'soft_shrink', 'tanh_shrink', 'squareplus', 'sparse_plus',
               'sparse_sigmoid', 'sparsemax')

#: A name, and a function that makes the model. Inputs of whole numbers are tokens.
Case = Tuple[str, Callable[[], Any]]


class Models:
    """Makes the models of the given Keras: `keras`, `tf_keras` or `tensorflow.keras`."""

    def __init__(self, keras: Any) -> None:
        self.keras = keras
        self.layers = keras.layers

    def all(self) -> Iterator[Case]:
        for kind in KINDS:
            yield from self.recurrent(kind)
        yield from self.cells()
        yield from self.activations()
        yield from self.plain()
        yield from self.convolutions()
        for kind in MERGES:
            yield from self.merges(kind)
        yield from self.graphs()

    def sequential(self, name: str, layers: Callable[[], List[Any]], shape: Tuple[Any, ...] = SEQUENCE, dtype: str = 'float32') -> Case:
        """A chain of layers. Its input is called as Keras calls it."""
        return name, lambda: self.keras.Sequential([self.keras.Input(shape, dtype=dtype), *layers()])

    def tokens(self, name: str, layers: Callable[[], List[Any]]) -> Case:
        """A chain behind an Embedding that masks."""
        return self.sequential(name, lambda: [self.embedding(), *layers()], (STEPS,))

    def functional(self, name: str, inputs: Dict[str, Tuple[Any, ...]], call: Callable[..., Any]) -> Case:
        """What `call` makes of inputs under their names."""
        def make() -> Any:
            given = [self.keras.Input(shape, name=each) for each, shape in inputs.items()]
            return self.keras.Model(given, call(*given))
        return name, make

    def embedding(self, width: int = FEATURES) -> Any:
        return self.layers.Embedding(TOKENS, width, mask_zero=True)

    def recurrent(self, kind: str) -> Iterator[Case]:
        rnn = lambda units=UNITS, **options: getattr(self.layers, kind)(units, **options)
        cell = lambda: getattr(self.layers, f'{kind}Cell')(UNITS)
        both = lambda mode='concat', **options: self.layers.Bidirectional(rnn(**options), merge_mode=mode)
        seq, tokens = self.sequential, self.tokens
        yield seq(kind, lambda: [rnn()])
        yield seq(f'{kind}-sequences', lambda: [rnn(return_sequences=True)])
        yield seq(f'{kind}-wide', lambda: [rnn(8, return_sequences=True), rnn(4)], (6, 4))
        yield seq(f'{kind}-no-bias', lambda: [rnn(use_bias=False)])
        yield seq(f'{kind}-backwards', lambda: [rnn(go_backwards=True, return_sequences=True)])
        yield seq(f'{kind}-backwards-last', lambda: [rnn(go_backwards=True)])
        yield seq(f'{kind}-unrolled', lambda: [rnn(unroll=True, return_sequences=True)])
        yield tokens(f'{kind}-masked', lambda: [rnn(return_sequences=True)])
        yield tokens(f'{kind}-masked-last', lambda: [rnn()])
        yield tokens(f'{kind}-masked-zero', lambda: [rnn(return_sequences=True, zero_output_for_mask=True)])
        yield tokens(f'{kind}-masked-backwards', lambda: [rnn(return_sequences=True, go_backwards=True)])
        yield tokens(f'{kind}-masked-twice', lambda: [rnn(return_sequences=True), rnn(4)])
        for mode in ('concat', 'sum', 'mul', 'ave'):
            yield seq(f'{kind}-bidirectional-{mode}', lambda m=mode: [both(m, return_sequences=True)])
        yield seq(f'{kind}-bidirectional-last', lambda: [both()])
        yield tokens(f'{kind}-bidirectional-masked', lambda: [both(return_sequences=True)])
        yield tokens(f'{kind}-bidirectional-masked-last', lambda: [both('sum')])
        yield seq(f'{kind}-bidirectional-backward_layer', lambda: [self.layers.Bidirectional(
            rnn(return_sequences=True), backward_layer=rnn(activation='relu', go_backwards=True, return_sequences=True))])
        yield tokens(f'{kind}-bidirectional-backwards', lambda: [both(go_backwards=True, return_sequences=True)])
        yield seq(f'{kind}-cell', lambda: [self.layers.RNN(cell(), return_sequences=True)])
        yield tokens(f'{kind}-cell-masked', lambda: [self.layers.RNN(cell())])
        for name, layer in ((f'{kind}-states', rnn), (f'{kind}-bidirectional-states', both)):
            yield self.functional(name, {'x': SEQUENCE}, lambda x, make=layer: make(return_sequences=True, return_state=True)(x))
        yield self.functional(f'{kind}-bidirectional-none', {'x': SEQUENCE}, lambda x: both(None, return_sequences=True)(x))
        count = 2 if kind == 'LSTM' else 1
        for name, layer, times in ((f'{kind}-initial-state', rnn, 1), (f'{kind}-bidirectional-initial-state', lambda: both('ave'), 2)):
            states = {f's{i}': (UNITS,) for i in range(count * times)}
            yield self.functional(name, {'x': SEQUENCE, **states}, lambda x, *given, make=layer: make()(x, initial_state=list(given)))

        def stateful() -> Any:
            x = self.keras.Input(batch_shape=(BATCH, None, FEATURES))
            return self.keras.Sequential([x, rnn(stateful=True, return_sequences=True)])
        yield f'{kind}-stateful', stateful

    def cells(self) -> Iterator[Case]:
        layers = self.layers
        stack = lambda *cells, **options: layers.RNN([getattr(layers, f'{kind}Cell')(units) for kind, units in cells], **options)
        yield self.sequential('GRU-reset-before', lambda: [layers.GRU(UNITS, reset_after=False, return_sequences=True)])
        yield self.tokens('GRU-reset-before-masked', lambda: [layers.GRU(UNITS, reset_after=False, return_sequences=True)])
        yield self.sequential('stacked-cells', lambda: [stack(('LSTM', 4), ('GRU', 3), ('GRU', 5), return_sequences=True)])
        yield self.tokens('stacked-cells-masked', lambda: [stack(('LSTM', 4), ('LSTM', 5), return_sequences=True)])
        yield self.sequential('stacked-cells-backwards', lambda: [stack(('SimpleRNN', 4), ('LSTM', 5), return_sequences=True, go_backwards=True)])
        # A list of lists of states: layers of two levels.
        yield self.functional('stacked-cells-states', {'x': SEQUENCE}, lambda x: flat(stack(('LSTM', 4), ('GRU', 5), return_state=True)(x)))

    def activations(self) -> Iterator[Case]:
        for name in ACTIVATIONS:
            yield self.sequential(f'SimpleRNN-{name}', lambda a=name: [self.layers.SimpleRNN(UNITS, activation=a, return_sequences=True)])
            yield self.sequential(f'Activation-{name}', lambda a=name: [self.layers.Activation(a)])
        for name in ('hard_sigmoid', 'linear', 'relu', 'softsign'):
            for kind, after in (('LSTM', None), ('GRU', True), ('GRU', False)):
                more = {} if after is None else {'reset_after': after}
                yield self.sequential(f'{kind}-recurrent-{name}-{after}', lambda k=kind, a=name, o=more: [getattr(self.layers, k)(
                    UNITS, recurrent_activation=a, activation='softsign', return_sequences=True, **o)])

    def plain(self) -> Iterator[Case]:
        layers, seq, tokens = self.layers, self.sequential, self.tokens
        yield seq('Dense', lambda: [layers.Dense(4, activation='relu')], (FEATURES,))
        yield seq('Dense-no-bias', lambda: [layers.Dense(4, use_bias=False, activation='softmax')], (FEATURES,))
        yield seq('Dense-steps', lambda: [layers.Dense(8)])
        yield seq('Embedding', lambda: [layers.Embedding(TOKENS, 4)], (STEPS,))
        yield seq('Embedding-int32', lambda: [self.embedding(4), layers.LSTM(4)], (STEPS,), 'int32')
        yield seq('Masking', lambda: [layers.Masking(0.0), layers.GRU(UNITS, return_sequences=True)])
        yield seq('Masking-value', lambda: [layers.Masking(-1.0), layers.LSTM(UNITS)])
        for kind in ('Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise'):
            yield seq(kind, lambda k=kind: [getattr(layers, k)(0.5), layers.Dense(2)])
        for name, options in (('', {}), ('-plain', {'center': False, 'scale': False, 'epsilon': 0.01}), ('-axis-1', {'axis': 1}),
                              ('-axis-2', {'axis': 2, 'center': False})):
            yield seq(f'BatchNormalization{name}', lambda o=options: [layers.BatchNormalization(**o)])
        for name, options in (('', {}), ('-plain', {'center': False, 'scale': False, 'axis': [2]}), ('-no-scale', {'scale': False, 'epsilon': 0.02})):
            yield seq(f'LayerNormalization{name}', lambda o=options: [layers.LayerNormalization(**o)])
        yield tokens('GlobalAveragePooling1D-masked', lambda: [layers.GlobalAveragePooling1D()])
        yield seq('Flatten', lambda: [layers.Flatten(), layers.Dense(2)])
        yield seq('Reshape', lambda: [layers.Reshape((FEATURES, STEPS))])
        yield seq('Reshape-rest', lambda: [layers.Reshape((-1,))])
        yield seq('Permute', lambda: [layers.Permute((2, 1))])
        yield seq('RepeatVector', lambda: [layers.LSTM(UNITS), layers.RepeatVector(3), layers.LSTM(2)])
        yield seq('TimeDistributed', lambda: [layers.TimeDistributed(layers.Dense(4, activation='tanh'))])
        yield tokens('TimeDistributed-masked', lambda: [layers.TimeDistributed(layers.Dense(4)), layers.GRU(4)])
        yield seq('TimeDistributed-BatchNormalization', lambda: [layers.TimeDistributed(layers.BatchNormalization())])
        yield seq('TimeDistributed-bidirectional', lambda: [layers.TimeDistributed(layers.Bidirectional(layers.GRU(4)))], (2, STEPS, FEATURES))
        yield seq('LeakyReLU', lambda: [layers.LeakyReLU(0.25)])
        yield seq('ELU', lambda: [layers.ELU(0.75)])
        if hasattr(layers, 'ThresholdedReLU'):
            yield seq('ThresholdedReLU', lambda: [layers.ThresholdedReLU(0.3)])
        yield seq('ReLU', lambda: [layers.ReLU()])
        yield seq('ReLU-bounded', lambda: [layers.ReLU(max_value=0.5, negative_slope=0.25, threshold=0.125)])
        yield seq('PReLU', lambda: [layers.PReLU()])
        yield seq('PReLU-shared', lambda: [layers.PReLU(shared_axes=[1])])
        yield seq('Softmax', lambda: [layers.Softmax()])
        yield seq('Softmax-axis-1', lambda: [layers.Softmax(axis=1)])

    def convolutions(self) -> Iterator[Case]:
        layers, seq = self.layers, self.sequential
        yield seq('Conv1D', lambda: [layers.Conv1D(4, 3, activation='relu')])
        for padding in ('valid', 'same', 'causal'):
            yield seq(f'Conv1D-{padding}-stride', lambda p=padding: [layers.Conv1D(4, 3, padding=p, strides=2)], (8, FEATURES))
            yield seq(f'Conv1D-{padding}-dilation', lambda p=padding: [layers.Conv1D(4, 2, padding=p, dilation_rate=2, use_bias=False)], (8, FEATURES))
        yield seq('Conv1D-groups', lambda: [layers.Conv1D(6, 3, groups=2, padding='same')], (6, 4))
        yield seq('Conv1D-pointwise', lambda: [layers.Conv1D(5, 1)])
        for kind in ('MaxPooling1D', 'AveragePooling1D'):
            yield seq(kind, lambda k=kind: [getattr(layers, k)(2)])
            yield seq(f'{kind}-same', lambda k=kind: [getattr(layers, k)(3, strides=2, padding='same')])
            yield seq(f'{kind}-strides-1', lambda k=kind: [getattr(layers, k)(3, strides=1, padding='same')])
        for kind in ('GlobalMaxPooling1D', 'GlobalAveragePooling1D'):
            yield seq(kind, lambda k=kind: [getattr(layers, k)()])
            yield seq(f'{kind}-keepdims', lambda k=kind: [getattr(layers, k)(keepdims=True)])
            yield seq(f'{kind}-channels_first', lambda k=kind: [getattr(layers, k)(data_format='channels_first')])

    def merges(self, kind: str) -> Iterator[Case]:
        layers = self.layers
        merge = lambda *given, **options: getattr(layers, kind)(**options)(list(given))
        rnn = lambda cell='GRU': getattr(layers, cell)(UNITS, return_sequences=True)
        ids = (STEPS,)
        yield self.functional(kind, {'x': SEQUENCE, 'y': SEQUENCE}, merge)
        yield self.functional(f'{kind}-masked', {'x': ids, 'y': ids}, lambda x, y: rnn()(merge(self.embedding()(x), self.embedding()(y))))
        yield self.functional(f'{kind}-half-masked', {'x': ids, 'y': SEQUENCE}, lambda x, y: rnn('SimpleRNN')(merge(self.embedding()(x), y)))
        yield self.functional(f'{kind}-masked-apart', {'x': ids, 'y': SEQUENCE},
                              lambda x, y: rnn()(merge(self.embedding()(x), layers.Masking()(y))))
        if kind == 'Concatenate':
            yield self.functional(f'{kind}-time-masked', {'x': ids, 'y': SEQUENCE}, lambda x, y: rnn('LSTM')(merge(self.embedding()(x), y, axis=1)))

    def graphs(self) -> Iterator[Case]:
        keras, layers = self.keras, self.layers

        def shared(x: Any, y: Any) -> Any:
            lstm = layers.LSTM(UNITS)
            return layers.Dense(3)(layers.Subtract()([lstm(x), lstm(y)]))
        yield self.functional('shared-layer', {'x': SEQUENCE, 'y': SEQUENCE}, shared)

        def encoder_decoder(x: Any, y: Any) -> Any:
            _, *states = layers.LSTM(UNITS, return_state=True)(x)
            h, *_ = layers.LSTM(UNITS, return_sequences=True, return_state=True)(y, initial_state=states)
            return layers.Dense(TOKENS, activation='softmax')(h)
        yield self.functional('encoder-decoder', {'x': SEQUENCE, 'y': (4, FEATURES)}, encoder_decoder)

        def nested(x: Any) -> Any:
            inner = keras.Sequential([keras.Input(SEQUENCE), layers.Dense(4, activation='relu'), layers.BatchNormalization(),
                                      layers.GRU(3, return_sequences=True)])
            z = keras.Input((STEPS, 3))
            return layers.LSTM(4)(keras.Model(z, layers.BatchNormalization()(layers.Dense(2)(z)))(inner(x)))
        yield self.functional('nested-models', {'x': SEQUENCE}, nested)
        yield self.sequential('nested-sequential', lambda: [
            keras.Sequential([keras.Input(SEQUENCE), layers.Dense(4), layers.Dense(3)]), layers.LSTM(UNITS), layers.Dense(2)])
        yield self.functional('called-with-dicts', {'x': SEQUENCE, 'y': SEQUENCE}, lambda x, y: called_with_dicts(keras, x, y))
        # Names of the models around a layer are left out of some weights' names and not of others.
        yield self.functional('nested-namesakes', {'x': SEQUENCE}, lambda x: layers.GRU(2)(namesakes(keras)(x)))
        yield self.sequential('text-classifier', lambda: [
            self.embedding(4), layers.SpatialDropout1D(0.2), layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.Bidirectional(layers.GRU(4)), layers.Dropout(0.5), layers.Dense(3, activation='softmax')], (None,))
        yield self.sequential('convolutional-recurrent', lambda: [
            layers.Conv1D(6, 3, padding='same', activation='relu'), layers.BatchNormalization(), layers.MaxPooling1D(2),
            layers.LSTM(8, return_sequences=True), layers.LayerNormalization(), layers.LSTM(4), layers.Dense(1, activation='sigmoid')], (12, FEATURES))


def namesakes(keras: Any) -> Any:
    """Two models in one, each with a layer `dense`, which are made before the one and after."""
    layers = keras.layers
    z = keras.Input(SEQUENCE)
    first = keras.Model(z, layers.Dense(FEATURES, name='dense')(z), name='first')
    second = keras.Sequential([keras.Input(SEQUENCE), layers.Dense(FEATURES, name='dense'), layers.BatchNormalization()], name='second')
    w = keras.Input(SEQUENCE)
    return keras.Model(w, second(first(w)), name='outer')


def called_with_dicts(keras: Any, x: Any, y: Any) -> Any:
    """A model that was made with a dict of inputs, and one whose inputs are found by their names."""
    layers = keras.layers
    difference = lambda one, other: layers.Subtract()([layers.GRU(4)(one), layers.Dense(4)(layers.LSTM(3)(other))])
    z, w = keras.Input(SEQUENCE, name='z'), keras.Input(SEQUENCE, name='w')
    keyed = keras.Model({'two': z, 'one': w}, difference(z, w), name='keyed')
    q, p = keras.Input(SEQUENCE, name='q'), keras.Input(SEQUENCE, name='p')
    named = keras.Model([q, p], difference(q, p), name='named')
    return layers.Dense(2)(layers.Concatenate()([keyed({'two': x, 'one': y}), named({'p': x, 'q': y})]))


def flat(value: Any) -> List[Any]:
    return [item for part in value for item in flat(part)] if isinstance(value, (list, tuple)) else [value]
