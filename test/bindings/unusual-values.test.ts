/** Values that cannot be looked at, and texts that would command a terminal: messages are ours, and of one line. */
import { expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import {
  createEngine,
  GRU,
  loadModel,
  quantize,
  readSafetensors,
  Sequential,
  writeSafetensors,
} from '../../bindings/index.js';
import { describeValue } from '../../bindings/tensor.js';

const OURS = /^[\w.]+: .*got .*, expected .*/s;
function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const VALUES: [string, unknown][] = [
  ['a revoked Proxy', revoked()],
  ['a Proxy of a Float32Array', new Proxy(new Float32Array(2), {})],
  ['a Proxy of a Uint8Array', new Proxy(new Uint8Array(20), {})],
  ['an object whose length throws', Object.defineProperty({}, 'length', { get: () => expect.fail('looked at') })],
];

it.each(VALUES)('%s is refused with our words', async (_, value) => {
  using layer = new GRU({ inputSize: 2, hiddenSize: 2, seed: 1 });
  using stream = layer.stream();
  const calls: (() => unknown)[] = [
    () => stream.step(value as never),
    () => stream.step(new Float32Array(2), value as never),
    () => layer.forward(value as never),
    () => layer.forward({ data: value, dims: [1, 1, 2] } as never),
    () => layer.loadStateDict({ weight_ih_l0: value } as never),
    () => readSafetensors(value as never),
    () => layer.loadStateDict(value as never),
    () => GRU.fromStateDict(value as never),
    () => new GRU(value as never),
    () => new GRU({ inputSize: value, hiddenSize: 2 } as never),
    () => layer.stream({ state: value } as never),
    () => new Sequential(value as never),
    () => new Sequential([value as never]),
    () => quantize(value as never),
    () => loadModel(value as never),
  ];
  for (const call of calls) expect(call, String(call)).toThrow(OURS);
  await expect(loadOnnx(value as never)).rejects.toThrow(OURS);
  await expect(loadKeras(value as never)).rejects.toThrow(OURS);
});

it('options that are a revoked Proxy are refused with our words', () => {
  using layer = new GRU({ inputSize: 2, hiddenSize: 2, seed: 1 });
  const value = revoked() as never;
  const calls = [
    () => layer.stream(value),
    () => layer.forward({ data: new Float32Array(2), dims: [1, 1, 2] }, value),
    () => writeSafetensors(value),
    () => writeSafetensors({}, value),
    () => createEngine(value),
    () => createEngine({ source: value }),
    () => loadModel(new Sequential([new GRU({ inputSize: 2, hiddenSize: 2, seed: 1 })]).save(), value),
  ];
  for (const call of calls) expect(call, String(call)).toThrow(OURS);
});

it('what a message quotes is escaped', () => {
  for (const code of [0, 7, 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069]) {
    const shown = describeValue(`a${String.fromCharCode(code)}b`);
    expect(shown).toMatch(/^"a\\[\w]+b"$/);
    expect(JSON.parse(shown).charCodeAt(1)).toBe(code);
  }
});

it.each(['data:,x', 'data:application/json,{}', 'data:nonsense', 'blob:nowhere'])('%s', async (url) => {
  await expect(loadOnnx(url)).rejects.toThrow(OURS);
  await expect(loadKeras(url)).rejects.toThrow(OURS);
});

it('a manifest in a data: URL has no folder', async () => {
  const model = { modelTopology: {}, weightsManifest: [{ paths: ['a.bin'], weights: [] }] };
  const url = `data:application/json,${encodeURIComponent(JSON.stringify(model))}`;
  await expect(loadKeras(url)).rejects.toThrow('got shard path "a.bin", expected one beside model.json');
});
