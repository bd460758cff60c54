/** Models that carry strings through, on every build against onnxruntime; and what is refused of strings. */
import * as web from 'onnxruntime-web';
import { afterEach, describe, expect, it, test } from 'vitest';
import { describeOnnx, type GraphModel, loadOnnx } from '../../bindings/formats/onnx/index.js';
import * as ours from '../../bindings/formats/ort/index.js';
import { createEngine } from '../../bindings/index.js';
import { readArchive } from './archive.js';
import { archiveSuite } from './archive-suite.js';
import { graphAttribute, graphProto, infoProto, intAttribute, message, modelProto, nodeProto } from './model-bytes.js';

archiveSuite({ archive: 'texts', title: 'strings', tolerance: 1e-6 });

const STRING = 8;
const labels = message({ 1: [2], 2: STRING, 6: ['yes', 'no'], 8: 'labels' });
const engine = createEngine();
let model: GraphModel | undefined;

afterEach(() => model?.dispose());

async function refuses(graph: Parameters<typeof modelProto>[0], expected: RegExp): Promise<void> {
  await expect(loadOnnx(modelProto(graph), { engine })).rejects.toThrow(expected);
}

describe('what would compute with strings is refused when the model is loaded, by name', () => {
  const s = infoProto('s', [2], STRING);
  const x = infoProto('x', [2]);

  it.each([
    ['an input', { nodes: [nodeProto('Neg', ['s'], ['y'])], inputs: [s] }],
    ['an initializer', { nodes: [nodeProto('Neg', ['labels'], ['y'])], inputs: [x], tensors: [labels] }],
    [
      'what was moved',
      {
        nodes: [nodeProto('Concat', ['s', 'labels'], ['c'], [intAttribute('axis', 0)]), nodeProto('Neg', ['c'], ['y'])],
        inputs: [s],
        tensors: [labels],
      },
    ],
    [
      'a Constant',
      {
        nodes: [
          nodeProto('Constant', [], ['c'], [message({ 1: 'value_strings', 9: ['a', 'b'], 20: STRING })]),
          nodeProto('Neg', ['c'], ['y']),
        ],
        inputs: [x],
      },
    ],
  ])('%s', (_, graph) =>
    refuses(graph, /^loadOnnx: Neg "the Neg": got strings, expected numbers: end the model before it$/),
  );

  it('a Cast, which onnxruntime has', () =>
    refuses(
      { nodes: [nodeProto('Cast', ['s'], ['y'], [intAttribute('to', 1)])], inputs: [s] },
      /Cast "the Cast": got strings, expected numbers/,
    ));

  it('in a branch, when it is taken', async () => {
    const branch = (op: string) => graphProto({ nodes: [nodeProto(op, ['s'], [op])], outputs: [op] });
    const nodes = [
      nodeProto(
        'If',
        ['go'],
        ['y'],
        [graphAttribute('then_branch', branch('Identity')), graphAttribute('else_branch', branch('Neg'))],
      ),
    ];
    model = await loadOnnx(modelProto({ nodes, inputs: [infoProto('go', [], 9), s] }), { engine });
    const run = (go: number) =>
      model?.run({ go: { data: Uint8Array.of(go), dims: [] }, s: { data: ['a', 'b'], dims: [2] } });
    expect(run(1)?.y).toEqual({ type: 'string', data: ['a', 'b'], dims: [2] });
    expect(() => run(0)).toThrow(/Neg "the Neg": got strings/);
  });

  it('is a problem that describeOnnx tells', async () => {
    const { problems } = await describeOnnx(modelProto({ nodes: [nodeProto('Neg', ['s'], ['y'])], inputs: [s] }));
    expect(problems).toEqual([expect.stringMatching(/Neg "the Neg": got strings/)]);
  });
});

describe('strings that are fed', () => {
  const moved = modelProto({ nodes: [nodeProto('Identity', ['s'], ['y'])], inputs: [infoProto('s', ['n'], STRING)] });

  it.each([
    ['numbers', Int32Array.of(1, 2), /feed "s": got Int32Array\(2\), expected a plain Array of strings \(string\)/],
    ['other things', ['a', 1], /feed "s": got .*, expected a plain Array of strings/],
  ])('are refused where they are %s', async (_, data, expected) => {
    model = await loadOnnx(moved, { engine });
    expect(() => model?.run({ s: { data: data as string[], dims: [2] } })).toThrow(expected);
  });

  it('are forgotten by the next run', async () => {
    model = await loadOnnx(moved, { engine });
    const { texts } = model as unknown as { texts: { texts: string[]; places: Map<string, number> } };
    for (let i = 0; i < 100; i++) {
      const data = [`text ${i}`, `other ${i}`];
      expect(model.run({ s: { data, dims: [2] } }).y.data).toEqual(data);
    }
    expect([texts.texts.length, texts.places.size]).toEqual([2, 2]);
  });

  it('are no matter for a stream', async () => {
    model = await loadOnnx(moved, { engine });
    expect(() => model?.stream({ dims: { s: [1] } })).toThrow(/stream: "s": got strings, expected numbers/);
  });
});

it('a model of strings is described, and tried on empty ones', async () => {
  const bytes = modelProto({ nodes: [nodeProto('Identity', ['s'], ['y'])], inputs: [infoProto('s', ['n'], STRING)] });
  expect(await describeOnnx(bytes)).toMatchObject({ problems: [], ran: ['s [1]'] });
});

describe('hiddenstate/ort gives strings as onnxruntime-web does', () => {
  web.env.wasm.numThreads = 1;
  const cases = readArchive('texts').filter(({ name }) => name !== 'gathered-rows');

  test.each(cases)('$name', async ({ model: bytes, runs }) => {
    const [there, here] = [await web.InferenceSession.create(bytes), await ours.InferenceSession.create(bytes)];
    expect(here.inputMetadata).toEqual(there.inputMetadata);
    expect(here.outputMetadata).toEqual(there.outputMetadata);
    for (const { inputs } of runs) {
      const feeds = Object.fromEntries(
        inputs.map(({ name, dtype, data, dims }) => [
          name,
          new ours.Tensor((dtype === 'float' ? 'float32' : dtype) as 'string', data as string[], dims),
        ]),
      );
      const [expected, got] = [await there.run(feeds), await here.run(feeds)];
      for (const [name, { type, dims, data }] of Object.entries(expected)) {
        if (type.startsWith('float')) continue;
        expect({ name, type: got[name].type, dims: got[name].dims, data: got[name].data }).toEqual({
          name,
          type,
          dims,
          data,
        });
      }
    }
    await there.release();
    await here.release();
  });

  it('writes them into a tensor that the caller brings', async () => {
    const session = await ours.InferenceSession.create(
      modelProto({ nodes: [nodeProto('Identity', ['s'], ['y'])], inputs: [infoProto('s', ['n'], STRING)] }),
    );
    const y = new ours.Tensor('string', ['', ''], [2]);
    await session.run({ s: new ours.Tensor('string', ['a', 'b'], [2]) }, { y });
    expect(y.data).toEqual(['a', 'b']);
    await session.release();
  });
});
