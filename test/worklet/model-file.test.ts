import { describe, expect, it } from 'vitest';
import { GRU, Linear, loadModel, Sequential, writeSafetensors } from '../../bindings/index.js';
import { readModelFile } from '../../bindings/worklet/model-file.js';
import { sileroBytes } from '../audio/silero.js';
import { torchCases } from '../torch/cases.js';

const model = new Sequential([
  new GRU({ inputSize: 1, hiddenSize: 4, seed: 1 }),
  new Linear({ inFeatures: 4, outFeatures: 1, seed: 2 }),
]);
const weights = () => {
  const names = [
    [/^0\./, 'rec.'],
    [/^1\./, 'head.'],
  ] as const;
  const renamed = (name: string) => names.reduce((text, [from, to]) => text.replace(from, to), name);
  return writeSafetensors(
    Object.fromEntries(Object.entries(model.stateDict()).map(([name, tensor]) => [renamed(name), tensor])),
  );
};
const sound = Float32Array.from({ length: 200 }, (_, t) => Math.sin(t));

describe('readModelFile', () => {
  it('gives what a processor reads as it is', async () => {
    const silero = sileroBytes('v5');
    const onnx = await readModelFile(silero, undefined, 'x');
    expect([onnx.format, onnx.bytes.byteLength]).toEqual(['onnx', silero.length]);
    const saved = model.save();
    expect(await readModelFile(saved, undefined, 'x')).toEqual({ bytes: saved, format: 'safetensors' });
    const buffer = saved.slice().buffer;
    expect((await readModelFile(buffer, undefined, 'x')).format).toBe('safetensors');
  });

  it('makes layers of weights', async () => {
    const { bytes, format } = await readModelFile(weights(), ['rec', 'head'], 'x');
    expect(format).toBe('safetensors');
    const steps = loadModel(new Uint8Array(bytes)).stream().steps(sound);
    expect(steps).toEqual(model.stream().steps(sound));
  });

  it('says which layers a file of PyTorch has, where none are named', async () => {
    const [{ file }] = torchCases().flatMap(({ cases }) => cases);
    await expect(readModelFile(file, undefined, 'createNode: model')).rejects.toThrow(/expected { layers: /);
  });

  it.each([
    ['no file', 1, 'TYPE', /got 1, expected the file's bytes or its URL/],
    ['a broken file', Uint8Array.of(1, 2, 3), 'FILE', /expected ONNX, the file of Sequential\.save/],
    ['JSON', new TextEncoder().encode('{}'), 'FILE', /JSON that is none of/],
  ])('refuses %s', async (_, given, code, message) => {
    await expect(readModelFile(given as never, undefined, 'createNode: model')).rejects.toMatchObject({
      code: `HIDDENSTATE_${code}`,
      message: expect.stringMatching(message),
    });
  });
});
