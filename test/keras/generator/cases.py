"""Which models are tried: every layer and option in a model as small as can be, and some as people build them."""

from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

Layer = Dict[str, Any]

STEPS, FEATURES, UNITS, TOKENS = 5, 3, 5, 7
GATES = {'SimpleRNN': 1, 'LSTM': 4, 'GRU': 3}


class Maker:
    """Makes layers with drawn weights; names as Keras gives them, by class and number."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.counts: Dict[str, int] = {}

    def draw(self, *dims: int) -> np.ndarray:
        return self.rng.uniform(-0.7, 0.7, dims).astype(np.float32)

    def name(self, stem: str) -> str:
        number = self.counts.get(stem, 0)
        self.counts[stem] = number + 1
        return stem if number == 0 else f'{stem}_{number}'

    def layer(self, class_name: str, stem: str, weights: List[Tuple[str, np.ndarray]] = (), **config: Any) -> Layer:
        return {'class_name': class_name, 'config': {'name': self.name(stem), **config}, 'weights': list(weights)}

    def rnn_weights(self, kind: str, width: int, units: int, use_bias: bool, reset_after: bool) -> List[Tuple[str, np.ndarray]]:
        rows = GATES[kind] * units
        weights = [('kernel', self.draw(width, rows)), ('recurrent_kernel', self.draw(units, rows))]
        if use_bias:
            weights.append(('bias', self.draw(2, rows) if reset_after else self.draw(rows)))
        return weights

    def rnn(self, kind: str, width: int = FEATURES, units: int = UNITS, **options: Any) -> Layer:
        options.setdefault('activation', 'tanh')
        options.setdefault('use_bias', True)
        if kind != 'SimpleRNN':
            options.setdefault('recurrent_activation', 'sigmoid')
        if kind == 'GRU':
            options.setdefault('reset_after', True)
        options.setdefault('return_sequences', False)
        weights = self.rnn_weights(kind, width, units, options['use_bias'], options.get('reset_after', False))
        return self.layer(kind, {'SimpleRNN': 'simple_rnn'}.get(kind, kind.lower()), weights, units=units, **options)

    def cell(self, kind: str, width: int, units: int, **options: Any) -> Layer:
        layer = self.rnn(kind, width, units, **options)
        layer['class_name'] = f'{kind}Cell'
        layer['config'].pop('return_sequences')
        layer['config']['name'] = self.name(f'{layer["config"]["name"]}_cell')
        return layer

    def over(self, cell: Any, **options: Any) -> Layer:
        return {**self.layer('RNN', 'rnn', return_sequences=options.pop('return_sequences', False), **options), 'cell': cell}

    def bidirectional(self, kind: str, mode: Optional[str], own: bool = False, other: Optional[str] = None, **options: Any) -> Layer:
        forward = self.rnn(kind, **options)
        more = dict(options)
        if other:
            more['activation'] = other
        backward = self.rnn(kind, **{**more, 'go_backwards': True})
        if not own:
            backward['config']['name'] = f'backward_{forward["config"]["name"]}'
            forward['config']['name'] = f'forward_{forward["config"]["name"]}'
        layer = self.layer('Bidirectional', 'bidirectional', merge_mode=mode)
        return {**layer, 'forward': forward, 'backward': backward, 'own_backward': own}

    def dense(self, width: int, units: int, use_bias: bool = True, **options: Any) -> Layer:
        weights = [('kernel', self.draw(width, units))] + ([('bias', self.draw(units))] if use_bias else [])
        return self.layer('Dense', 'dense', weights, units=units, use_bias=use_bias, **{'activation': 'linear', **options})

    def embedding(self, size: int = FEATURES, **options: Any) -> Layer:
        return self.layer('Embedding', 'embedding', [('embeddings', self.draw(TOKENS, size))], input_dim=TOKENS,
                          output_dim=size, **{'mask_zero': False, **options})

    def batch_norm(self, width: int, **options: Any) -> Layer:
        weights = [(name, self.draw(width)) for name, there in
                   (('gamma', options.get('scale', True)), ('beta', options.get('center', True))) if there]
        weights += [('moving_mean', self.draw(width)), ('moving_variance', np.abs(self.draw(width)) + np.float32(0.1))]
        return self.layer('BatchNormalization', 'batch_normalization', weights,
                          **{'axis': -1, 'epsilon': 1e-3, 'center': True, 'scale': True, **options})

    def layer_norm(self, width: int, **options: Any) -> Layer:
        weights = [(name, self.draw(width)) for name, there in
                   (('gamma', options.get('scale', True)), ('beta', options.get('center', True))) if there]
        return self.layer('LayerNormalization', 'layer_normalization', weights,
                          **{'axis': -1, 'epsilon': 1e-3, 'center': True, 'scale': True, **options})

    def conv(self, **options: Any) -> Layer:
        size, filters, groups = options.setdefault('kernel_size', 3), options.setdefault('filters', 4), options.get('groups', 1)
        channels = options.pop('channels', FEATURES) // groups
        weights = [('kernel', self.draw(size, channels, filters))]
        if options.setdefault('use_bias', True):
            weights.append(('bias', self.draw(filters)))
        return self.layer('Conv1D', 'conv1d', weights, **options)

    def sequential(self, layers: List[Layer], shape: Tuple[Any, ...], dtype: str = 'float32') -> Layer:
        name = self.name('input_layer')
        nodes, before = [], (name, 0, 0)
        for layer in layers:
            nodes.append((layer, [before], []))
            before = (layer['config']['name'], 0, 0)
        return {'class_name': 'Sequential', 'config': {'name': self.name('sequential')}, 'inputs': [name],
                'shapes': {name: ([None, *shape], dtype)}, 'nodes': nodes, 'outputs': [before]}

    def functional(self, inputs: Dict[str, Any], nodes: List[Any], outputs: List[Any]) -> Layer:
        shapes = {name: ([None, *shape], dtype) for name, (shape, dtype) in inputs.items()}
        return {'class_name': 'Functional', 'config': {'name': self.name('functional')}, 'inputs': list(inputs),
                'shapes': shapes, 'nodes': nodes, 'outputs': outputs}


def ref(layer: Layer, output: int = 0, call: int = 0) -> Tuple[str, int, int]:
    return layer['config']['name'], call, output


SEQUENCE = (STEPS, FEATURES)
ACTIVATIONS = ['linear', 'relu', 'tanh', 'sigmoid', 'relu6', 'softplus', 'softsign', 'exponential', 'elu', 'selu',
               'hard_sigmoid', 'gelu', 'silu', 'swish', 'hard_silu', 'mish', 'leaky_relu', 'softmax', 'log_softmax',
               'log_sigmoid', 'celu', 'hard_tanh', 'hard_shrink', 'soft_shrink', 'tanh_shrink', 'squareplus', 'sparse_plus',
               'sparse_sigmoid', 'sparsemax']


def recurrent_cases() -> Iterator[Tuple[str, Any]]:
    """Name and a function of a Maker that gives a model."""
    seq = lambda make: lambda m: m.sequential(make(m), SEQUENCE)
    tokens = lambda make: lambda m: m.sequential(make(m), (STEPS,))
    for kind in GATES:
        yield f'{kind}', seq(lambda m, k=kind: [m.rnn(k)])
        yield f'{kind}-sequences', seq(lambda m, k=kind: [m.rnn(k, return_sequences=True)])
        yield f'{kind}-wide', lambda m, k=kind: m.sequential([m.rnn(k, 4, 8, return_sequences=True), m.rnn(k, 8, 4)], (6, 4))
        yield f'{kind}-no-bias', seq(lambda m, k=kind: [m.rnn(k, use_bias=False)])
        yield f'{kind}-backwards', seq(lambda m, k=kind: [m.rnn(k, go_backwards=True, return_sequences=True)])
        yield f'{kind}-backwards-last', seq(lambda m, k=kind: [m.rnn(k, go_backwards=True)])
        yield f'{kind}-masked', tokens(lambda m, k=kind: [m.embedding(mask_zero=True), m.rnn(k, return_sequences=True)])
        yield f'{kind}-masked-last', tokens(lambda m, k=kind: [m.embedding(mask_zero=True), m.rnn(k)])
        yield f'{kind}-masked-zero', tokens(lambda m, k=kind: [
            m.embedding(mask_zero=True), m.rnn(k, return_sequences=True, zero_output_for_mask=True)])
        yield f'{kind}-masked-backwards', tokens(lambda m, k=kind: [
            m.embedding(mask_zero=True), m.rnn(k, return_sequences=True, go_backwards=True)])
        yield f'{kind}-masked-twice', tokens(lambda m, k=kind: [
            m.embedding(mask_zero=True), m.rnn(k, return_sequences=True), m.rnn(k, UNITS, 4)])
        for mode in ('concat', 'sum', 'mul', 'ave'):
            yield f'{kind}-bidirectional-{mode}', seq(lambda m, k=kind, o=mode: [m.bidirectional(k, o, return_sequences=True)])
        yield f'{kind}-bidirectional-last', seq(lambda m, k=kind: [m.bidirectional(k, 'concat')])
        yield f'{kind}-bidirectional-masked', tokens(lambda m, k=kind: [
            m.embedding(mask_zero=True), m.bidirectional(k, 'concat', return_sequences=True)])
        yield f'{kind}-bidirectional-masked-last', tokens(lambda m, k=kind: [
            m.embedding(mask_zero=True), m.bidirectional(k, 'sum')])
        yield f'{kind}-bidirectional-backward_layer', seq(lambda m, k=kind: [
            m.bidirectional(k, 'concat', own=True, other='relu', return_sequences=True)])
        yield f'{kind}-cell', seq(lambda m, k=kind: [m.over(m.cell(k, FEATURES, UNITS), return_sequences=True)])
        yield f'{kind}-cell-masked', tokens(lambda m, k=kind: [m.embedding(mask_zero=True), m.over(m.cell(k, FEATURES, UNITS))])
        yield f'{kind}-states', lambda m, k=kind: with_states(m, m.rnn(k, return_sequences=True, return_state=True))
        yield f'{kind}-bidirectional-states', lambda m, k=kind: with_states(
            m, m.bidirectional(k, 'concat', return_sequences=True, return_state=True))
        yield f'{kind}-initial-state', lambda m, k=kind: initial_state(m, m.rnn(k))
        yield f'{kind}-bidirectional-initial-state', lambda m, k=kind: initial_state(m, m.bidirectional(k, 'ave'), 2)
        yield f'{kind}-stateful', lambda m, k=kind: m.sequential(
            [m.rnn(k, stateful=True, return_sequences=True)], (None, FEATURES))
        yield f'{kind}-bidirectional-none', lambda m, k=kind: with_states(
            m, m.bidirectional(k, None, return_sequences=True), 2)
    yield 'GRU-reset-before', seq(lambda m: [m.rnn('GRU', reset_after=False, return_sequences=True)])
    yield 'GRU-reset-before-masked', tokens(lambda m: [
        m.embedding(mask_zero=True), m.rnn('GRU', reset_after=False, return_sequences=True)])
    yield 'stacked-cells', seq(lambda m: [m.over(
        [m.cell('LSTM', FEATURES, 4), m.cell('GRU', 4, 3), m.cell('GRU', 3, 5)], return_sequences=True)])
    yield 'stacked-cells-masked', tokens(lambda m: [m.embedding(mask_zero=True), m.over(
        [m.cell('LSTM', FEATURES, 4), m.cell('LSTM', 4, 5)], return_sequences=True)])
    yield 'stacked-cells-backwards', seq(lambda m: [m.over(
        [m.cell('SimpleRNN', FEATURES, 4), m.cell('LSTM', 4, 5)], return_sequences=True, go_backwards=True)])
    yield 'stacked-cells-states', lambda m: with_states(m, m.over(
        [m.cell('LSTM', FEATURES, 4), m.cell('GRU', 4, 5)], return_state=True))
    for name in ACTIVATIONS:
        yield f'SimpleRNN-{name}', seq(lambda m, a=name: [m.rnn('SimpleRNN', activation=a, return_sequences=True)])
    for name in ('hard_sigmoid', 'linear', 'relu', 'softsign'):
        for kind, after in (('LSTM', None), ('GRU', True), ('GRU', False)):
            more = {} if after is None else {'reset_after': after}
            yield f'{kind}-recurrent-{name}-{after}', seq(lambda m, k=kind, a=name, o=more: [
                m.rnn(k, recurrent_activation=a, activation='softsign', return_sequences=True, **o)])


def with_states(m: Maker, layer: Layer, count: Optional[int] = None) -> Layer:
    """A model whose outputs are all of a layer's."""
    kinds = [layer] if layer['class_name'] != 'Bidirectional' else [layer['forward'], layer['backward']]
    cells = [c for k in kinds for c in (k['cell'] if isinstance(k.get('cell'), list) else [k.get('cell', k)])]
    states = sum(2 if c['class_name'].startswith('LSTM') else 1 for c in cells)
    outputs = [ref(layer, i) for i in range(count or 1 + states)]
    return m.functional({'x': (SEQUENCE, 'float32')}, [(layer, [('x', 0, 0)], [])], outputs)


def initial_state(m: Maker, layer: Layer, times: int = 1) -> Layer:
    kind = layer['class_name'] if times == 1 else layer['forward']['class_name']
    names = [f's{i}' for i in range((2 if kind == 'LSTM' else 1) * times)]
    inputs = {'x': (SEQUENCE, 'float32'), **{name: ((UNITS,), 'float32') for name in names}}
    return m.functional(inputs, [(layer, [('x', 0, 0)], [(name, 0, 0) for name in names])], [ref(layer)])


def layer_cases() -> Iterator[Tuple[str, Any]]:
    seq = lambda make: lambda m: m.sequential(make(m), SEQUENCE)
    tokens = lambda make: lambda m: m.sequential(make(m), (STEPS,))
    flat = lambda make: lambda m: m.sequential(make(m), (FEATURES,))
    yield 'Dense', flat(lambda m: [m.dense(FEATURES, 4, activation='relu')])
    yield 'Dense-no-bias', flat(lambda m: [m.dense(FEATURES, 4, use_bias=False, activation='softmax')])
    yield 'Dense-steps', seq(lambda m: [m.dense(FEATURES, 8)])
    yield 'Embedding', tokens(lambda m: [m.embedding(4)])
    yield 'Embedding-int32', lambda m: m.sequential([m.embedding(4, mask_zero=True), m.rnn('LSTM', 4)], (STEPS,), 'int32')
    yield 'Masking', seq(lambda m: [m.layer('Masking', 'masking', mask_value=0.0), m.rnn('GRU', return_sequences=True)])
    yield 'Masking-value', seq(lambda m: [m.layer('Masking', 'masking', mask_value=-1.0), m.rnn('LSTM')])
    for name in ACTIVATIONS:
        yield f'Activation-{name}', seq(lambda m, a=name: [m.layer('Activation', 'activation', activation=a)])
    for kind, stem in (('Dropout', 'dropout'), ('SpatialDropout1D', 'spatial_dropout1d'), ('GaussianDropout', 'gaussian_dropout')):
        yield kind, seq(lambda m, k=kind, s=stem: [m.layer(k, s, rate=0.5), m.dense(FEATURES, 2)])
    yield 'GaussianNoise', seq(lambda m: [m.layer('GaussianNoise', 'gaussian_noise', stddev=0.5), m.dense(FEATURES, 2)])
    yield 'BatchNormalization', seq(lambda m: [m.batch_norm(FEATURES)])
    yield 'BatchNormalization-plain', seq(lambda m: [m.batch_norm(FEATURES, center=False, scale=False, epsilon=0.01)])
    yield 'BatchNormalization-axis-1', seq(lambda m: [m.batch_norm(STEPS, axis=1)])
    yield 'BatchNormalization-axis-2', seq(lambda m: [m.batch_norm(FEATURES, axis=2, center=False)])
    yield 'LayerNormalization', seq(lambda m: [m.layer_norm(FEATURES)])
    yield 'LayerNormalization-plain', seq(lambda m: [m.layer_norm(FEATURES, center=False, scale=False, axis=[2])])
    yield 'LayerNormalization-no-scale', seq(lambda m: [m.layer_norm(FEATURES, scale=False, epsilon=0.02)])
    yield 'Conv1D', seq(lambda m: [m.conv(activation='relu')])
    for padding in ('valid', 'same', 'causal'):
        yield f'Conv1D-{padding}-stride', lambda m, p=padding: m.sequential([m.conv(padding=p, strides=2)], (8, FEATURES))
        yield f'Conv1D-{padding}-dilation', lambda m, p=padding: m.sequential(
            [m.conv(padding=p, dilation_rate=2, kernel_size=2, use_bias=False)], (8, FEATURES))
    yield 'Conv1D-groups', lambda m: m.sequential([m.conv(channels=4, groups=2, filters=6, padding='same')], (6, 4))
    yield 'Conv1D-pointwise', seq(lambda m: [m.conv(kernel_size=1, filters=5)])
    yield 'Conv1D-channels_first', lambda m: m.sequential([m.conv(data_format='channels_first')], (FEATURES, 6))
    for kind, stem in (('MaxPooling1D', 'max_pooling1d'), ('AveragePooling1D', 'average_pooling1d')):
        yield kind, seq(lambda m, k=kind, s=stem: [m.layer(k, s, pool_size=2, strides=None, padding='valid')])
        yield f'{kind}-same', seq(lambda m, k=kind, s=stem: [m.layer(k, s, pool_size=3, strides=2, padding='same')])
        yield f'{kind}-list', seq(lambda m, k=kind, s=stem: [m.layer(k, s, pool_size=3, strides=1, padding='same')])
    for kind, stem in (('GlobalMaxPooling1D', 'global_max_pooling1d'), ('GlobalAveragePooling1D', 'global_average_pooling1d')):
        yield kind, seq(lambda m, k=kind, s=stem: [m.layer(k, s)])
        yield f'{kind}-keepdims', seq(lambda m, k=kind, s=stem: [m.layer(k, s, keepdims=True)])
        yield f'{kind}-channels_first', seq(lambda m, k=kind, s=stem: [m.layer(k, s, data_format='channels_first')])
    yield 'GlobalAveragePooling1D-masked', tokens(lambda m: [
        m.embedding(mask_zero=True), m.layer('GlobalAveragePooling1D', 'global_average_pooling1d')])
    yield 'Flatten', seq(lambda m: [m.layer('Flatten', 'flatten'), m.dense(STEPS * FEATURES, 2)])
    yield 'Reshape', seq(lambda m: [m.layer('Reshape', 'reshape', target_shape=[FEATURES, STEPS])])
    yield 'Reshape-rest', seq(lambda m: [m.layer('Reshape', 'reshape', target_shape=[-1])])
    yield 'Permute', seq(lambda m: [m.layer('Permute', 'permute', dims=[2, 1])])
    yield 'RepeatVector', seq(lambda m: [m.rnn('LSTM'), m.layer('RepeatVector', 'repeat_vector', n=3), m.rnn('LSTM', UNITS, 2)])
    yield 'TimeDistributed', seq(lambda m: [
        {**m.layer('TimeDistributed', 'time_distributed'), 'layer': m.dense(FEATURES, 4, activation='tanh')}])
    yield 'TimeDistributed-masked', tokens(lambda m: [
        m.embedding(mask_zero=True), {**m.layer('TimeDistributed', 'time_distributed'), 'layer': m.dense(FEATURES, 4)},
        m.rnn('GRU', 4)])
    yield 'TimeDistributed-BatchNormalization', seq(lambda m: [
        {**m.layer('TimeDistributed', 'time_distributed'), 'layer': m.batch_norm(FEATURES)}])
    yield 'LeakyReLU', seq(lambda m: [m.layer('LeakyReLU', 'leaky_re_lu', negative_slope=0.25)])
    yield 'LeakyReLU-alpha', seq(lambda m: [m.layer('LeakyReLU', 'leaky_re_lu', alpha=0.125)])
    yield 'ELU', seq(lambda m: [m.layer('ELU', 'elu', alpha=0.75)])
    yield 'ThresholdedReLU', seq(lambda m: [m.layer('ThresholdedReLU', 'thresholded_re_lu', theta=0.3)])
    yield 'ReLU', seq(lambda m: [m.layer('ReLU', 're_lu', max_value=None, negative_slope=0.0, threshold=0.0)])
    yield 'ReLU-bounded', seq(lambda m: [m.layer('ReLU', 're_lu', max_value=0.5, negative_slope=0.25, threshold=0.125)])
    yield 'PReLU', seq(lambda m: [m.layer('PReLU', 'p_re_lu', [('alpha', m.draw(STEPS, FEATURES))], shared_axes=None)])
    yield 'PReLU-shared', seq(lambda m: [m.layer('PReLU', 'p_re_lu', [('alpha', m.draw(1, FEATURES))], shared_axes=[1])])
    yield 'Softmax', seq(lambda m: [m.layer('Softmax', 'softmax', axis=-1)])
    yield 'Softmax-axis-1', seq(lambda m: [m.layer('Softmax', 'softmax', axis=1)])
    yield from merge_cases()
    yield from graph_cases()


def merge_cases() -> Iterator[Tuple[str, Any]]:
    for kind in ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'):
        def two(m: Maker, k: str = kind) -> Layer:
            merge = m.layer(k, k.lower(), **({'axis': -1} if k == 'Concatenate' else {}))
            return m.functional({'x': (SEQUENCE, 'float32'), 'y': (SEQUENCE, 'float32')},
                                [(merge, [('x', 0, 0), ('y', 0, 0)], [])], [ref(merge)])
        yield kind, two

        def masked(m: Maker, k: str = kind) -> Layer:
            merge = m.layer(k, k.lower(), **({'axis': -1} if k == 'Concatenate' else {}))
            one, other = m.embedding(mask_zero=True), m.embedding(mask_zero=True)
            rnn = m.rnn('GRU', FEATURES * (2 if k == 'Concatenate' else 1), return_sequences=True)
            return m.functional({'x': ((STEPS,), 'float32'), 'y': ((STEPS,), 'float32')},
                                [(one, [('x', 0, 0)], []), (other, [('y', 0, 0)], []),
                                 (merge, [ref(one), ref(other)], []), (rnn, [ref(merge)], [])], [ref(rnn)])
        yield f'{kind}-masked', masked

        def half(m: Maker, k: str = kind) -> Layer:
            merge = m.layer(k, k.lower(), **({'axis': -1} if k == 'Concatenate' else {}))
            one = m.embedding(mask_zero=True)
            rnn = m.rnn('SimpleRNN', FEATURES * (2 if k == 'Concatenate' else 1), return_sequences=True)
            return m.functional({'x': ((STEPS,), 'float32'), 'y': (SEQUENCE, 'float32')},
                                [(one, [('x', 0, 0)], []), (merge, [ref(one), ('y', 0, 0)], []), (rnn, [ref(merge)], [])],
                                [ref(rnn)])
        yield f'{kind}-half-masked', half

    def in_time(m: Maker) -> Layer:
        one, merge = m.embedding(mask_zero=True), m.layer('Concatenate', 'concatenate', axis=1)
        rnn = m.rnn('LSTM', return_sequences=True)
        return m.functional({'x': ((STEPS,), 'float32'), 'y': (SEQUENCE, 'float32')},
                            [(one, [('x', 0, 0)], []), (merge, [ref(one), ('y', 0, 0)], []), (rnn, [ref(merge)], [])],
                            [ref(rnn)])
    yield 'Concatenate-time-masked', in_time


def graph_cases() -> Iterator[Tuple[str, Any]]:
    def shared(m: Maker) -> Layer:
        rnn, dense, merge = m.rnn('LSTM'), m.dense(UNITS, 3), m.layer('Subtract', 'subtract')
        return m.functional({'x': (SEQUENCE, 'float32'), 'y': (SEQUENCE, 'float32')},
                            [(rnn, [('x', 0, 0)], []), (rnn, [('y', 0, 0)], []), (merge, [ref(rnn), ref(rnn, 0, 1)], []),
                             (dense, [ref(merge)], [])], [ref(dense)])
    yield 'shared-layer', shared

    def encoder_decoder(m: Maker) -> Layer:
        encoder = m.rnn('LSTM', return_state=True)
        decoder = m.rnn('LSTM', FEATURES, UNITS, return_sequences=True, return_state=True)
        dense = m.dense(UNITS, TOKENS, activation='softmax')
        return m.functional({'x': (SEQUENCE, 'float32'), 'y': ((4, FEATURES), 'float32')},
                            [(encoder, [('x', 0, 0)], []), (decoder, [('y', 0, 0)], [ref(encoder, 1), ref(encoder, 2)]),
                             (dense, [ref(decoder)], [])], [ref(dense)])
    yield 'encoder-decoder', encoder_decoder

    def nested(m: Maker) -> Layer:
        inner = m.sequential([m.dense(FEATURES, 4, activation='relu'), m.batch_norm(4), m.rnn('GRU', 4, 3, return_sequences=True)], SEQUENCE)
        inside = m.functional({'z': ((STEPS, 3), 'float32')}, [], [])
        dense = m.dense(3, 2)
        norm = m.batch_norm(2)
        inside['nodes'] = [(dense, [('z', 0, 0)], []), (norm, [ref(dense)], [])]
        inside['outputs'] = [ref(norm)]
        after = m.rnn('LSTM', 2, 4)
        return m.functional({'x': (SEQUENCE, 'float32')},
                            [(inner, [('x', 0, 0)], []), (inside, [ref(inner)], []), (after, [ref(inside)], [])], [ref(after)])
    yield 'nested-models', nested

    def nested_sequential(m: Maker) -> Layer:
        inner = m.sequential([m.dense(FEATURES, 4), m.dense(4, 3)], SEQUENCE)
        return m.sequential([inner, m.rnn('LSTM'), m.dense(UNITS, 2)], SEQUENCE)
    yield 'nested-sequential', nested_sequential

    def classifier(m: Maker) -> Layer:
        return m.sequential([m.embedding(4, mask_zero=True), m.layer('SpatialDropout1D', 'spatial_dropout1d', rate=0.2),
                             m.bidirectional('LSTM', 'concat', width=4, units=4, return_sequences=True),
                             m.bidirectional('GRU', 'concat', width=8, units=4), m.layer('Dropout', 'dropout', rate=0.5),
                             m.dense(8, 3, activation='softmax')], (None,))
    yield 'text-classifier', classifier

    def convolutional(m: Maker) -> Layer:
        return m.sequential([m.conv(filters=6, padding='same', activation='relu'), m.batch_norm(6),
                             m.layer('MaxPooling1D', 'max_pooling1d', pool_size=2, strides=2, padding='valid'),
                             m.rnn('LSTM', 6, 8, return_sequences=True), m.layer_norm(8), m.rnn('LSTM', 8, 4),
                             m.dense(4, 1, activation='sigmoid')], (12, FEATURES))
    yield 'convolutional-recurrent', convolutional


def apart_cases() -> Iterator[Tuple[str, Any]]:
    """Two inputs masked at different steps. Last of all, for a case's seed is its place."""
    for kind in ('Add', 'Concatenate'):
        def apart(m: Maker, k: str = kind) -> Layer:
            merge = m.layer(k, k.lower(), **({'axis': -1} if k == 'Concatenate' else {}))
            one, other = m.embedding(mask_zero=True), m.layer('Masking', 'masking', mask_value=0.0)
            rnn = m.rnn('GRU', FEATURES * (2 if k == 'Concatenate' else 1), return_sequences=True)
            return m.functional({'x': ((STEPS,), 'float32'), 'y': (SEQUENCE, 'float32')},
                                [(one, [('x', 0, 0)], []), (other, [('y', 0, 0)], []),
                                 (merge, [ref(one), ref(other)], []), (rnn, [ref(merge)], [])], [ref(rnn)])
        yield f'{kind}-masked-apart', apart


def all_cases() -> Iterator[Tuple[str, Any]]:
    yield from recurrent_cases()
    yield from layer_cases()
    yield from apart_cases()
