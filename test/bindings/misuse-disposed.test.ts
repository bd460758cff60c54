import { describe, expect, it } from 'vitest';
import { type Engine, Linear, type Module, Sequential, type Tensor } from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { type Misuse, ones, refuses, type World } from './misuse.js';

type Streamable = 'lstm' | 'gru' | 'rnn' | 'both' | 'batchFirst' | 'linear' | 'embedding' | 'model';
type Key = Streamable | 'tanh' | 'lstmCell' | 'gruCell' | 'rnnCell';

const INPUTS: Record<Key, Tensor> = {
  lstm: ones(4, 2, 3),
  gru: ones(4, 3),
  rnn: ones(4, 2, 3),
  both: ones(4, 2, 3),
  batchFirst: ones(2, 4, 3),
  linear: ones(2, 5),
  embedding: ones(2, 5),
  model: ones(4, 2),
  tanh: ones(2, 5),
  lstmCell: ones(2, 3),
  gruCell: ones(3),
  rnnCell: ones(2, 3),
};
const STREAMABLE = ['lstm', 'gru', 'rnn', 'both', 'batchFirst', 'linear', 'embedding', 'model'] as const;

const moduleOf = (world: World, key: Key) =>
  world[key] as unknown as Module & { forward(input: Tensor): unknown; stream(): AnyStream };

type AnyStream = ReturnType<World['gru']['stream']>;

function disposed(title: string, key: Key, act: (module: ReturnType<typeof moduleOf>) => unknown): Misuse {
  return [`${key}.${title}`, Error, (world) => act(moduleOf(world, key)), (world) => moduleOf(world, key).dispose()];
}

refuses('a disposed module', [
  ...(Object.keys(INPUTS) as Key[]).flatMap((key): Misuse[] => [
    disposed('forward', key, (module) => module.forward(INPUTS[key])),
    disposed('stateDict', key, (module) => module.stateDict()),
    disposed('loadStateDict', key, (module) => module.loadStateDict({})),
  ]),
  ...STREAMABLE.map((key) => disposed('stream', key, (module) => module.stream())),
  disposed('save', 'model', (module) => (module as unknown as Sequential).save()),
]);

const streams = new WeakMap<World, AnyStream>();

/** A stream is opened, then it or its module is disposed (twice, which is allowed). */
function streamOf(
  key: Streamable,
  whose: 'stream' | 'module',
  act: (stream: AnyStream) => unknown,
  title: string,
): Misuse {
  const prepare = (world: World) => {
    const stream = moduleOf(world, key).stream();
    stream.step(new Float32Array(stream.inputSize));
    streams.set(world, stream);
    for (let i = 0; i < 2; i++) (whose === 'stream' ? stream : moduleOf(world, key)).dispose();
  };
  return [`${key}: ${title}, ${whose}`, Error, (world) => act(streams.get(world) as AnyStream), prepare];
}

refuses(
  'a stream that was disposed, or whose module was',
  (['gru', 'lstm', 'rnn', 'batchFirst', 'linear', 'embedding', 'model'] as const).flatMap((key) =>
    (['stream', 'module'] as const).flatMap((whose) => [
      streamOf(key, whose, (stream) => stream.step(new Float32Array(stream.inputSize)), 'step'),
      streamOf(key, whose, (stream) => stream.reset(), 'reset'),
      streamOf(key, whose, (stream) => stream.state, 'state'),
      streamOf(key, whose, (stream) => stream.stateOf(0), 'stateOf'),
      streamOf(key, whose, (stream) => stream.copyLane(0, stream), 'copyLane'),
    ]),
  ),
);

describe('a module disposed behind the back of its Sequential', () => {
  /** A Sequential whose only module is gone, and a layer that has since been given its memory. */
  function orphan(engine: Engine) {
    const first = new Linear({ inFeatures: 4, outFeatures: 4, engine, seed: 1 });
    const model = new Sequential([first]);
    const dict = model.stateDict();
    first.dispose();
    const heir = new Linear({ inFeatures: 4, outFeatures: 4, engine, seed: 2 });
    return { model, dict, heir, weights: heir.stateDict() };
  }

  it.each([
    ['loadStateDict', (model: Sequential, dict: Record<string, Tensor>) => model.loadStateDict(dict)],
    ['stateDict', (model: Sequential) => model.stateDict()],
    ['save', (model: Sequential) => model.save()],
    ['forward', (model: Sequential) => model.forward(ones(1, 4))],
    ['stream', (model: Sequential) => model.stream()],
  ])('%s throws, and the layer that has its memory now is left alone', (_, act) => {
    const { model, dict, heir, weights } = orphan(BUILDS[0].create());
    let error: unknown;
    try {
      act(model, dict);
    } catch (thrown) {
      error = thrown;
    }
    expect(heir.stateDict()).toEqual(weights);
    expect(String(error)).toMatch(/Error: .*got a disposed .*, expected /);
  });
});

describe('dispose', () => {
  it('may be called again, and works as Symbol.dispose', () => {
    const engine = BUILDS[0].create();
    const layer = new Linear({ inFeatures: 4, outFeatures: 4, engine });
    layer[Symbol.dispose]();
    layer.dispose();
    expect(layer.disposed).toBe(true);
    expect(engine.bytesInUse).toBe(0);
    const other = new Linear({ inFeatures: 4, outFeatures: 4, engine, seed: 3 });
    const kept = other.stateDict();
    layer.dispose();
    expect(other.stateDict()).toEqual(kept);
    expect(engine.bytesInUse).toBeGreaterThan(0);
  });

  it('of a module leaves its open streams’ memory to them, until they are disposed', () => {
    const engine = BUILDS[0].create();
    const layer = new Linear({ inFeatures: 4, outFeatures: 4, engine });
    const stream = layer.stream();
    layer.dispose();
    expect(engine.bytesInUse).toBeGreaterThan(0);
    stream.dispose();
    expect(engine.bytesInUse).toBe(0);
  });
});
