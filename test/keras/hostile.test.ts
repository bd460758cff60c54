/** Files and calls that are wrong: each ends in an error that says what was wrong, at once, with nothing taken. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeKeras, loadKeras } from '../../bindings/formats/keras/index.js';
import { createEngine } from '../../bindings/index.js';
import { bytesOf, caseNamed, feedsOf, type KerasCase, tfjsFiles, unpack } from './cases.js';

const engine = createEngine();
const LSTM = caseNamed('LSTM, Keras 3');
const archive = bytesOf(LSTM.files.keras);
const parts = unzipSync(archive);

/** Refuses with a message, and holds no memory afterwards. */
async function refuses(source: unknown, message: RegExp, Kind: typeof Error | typeof TypeError = Error): Promise<void> {
  const before = engine.bytesInUse;
  const begin = process.cpuUsage();
  const error = await loadKeras(source as never, { engine }).then(
    (model) => {
      model.dispose();
      return undefined;
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Kind);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message.length).toBeLessThan(500);
  expect(millisecondsSince(begin)).toBeLessThan(1000);
  expect(engine.bytesInUse).toBe(before);
}

/** Time of the processors: the clock counts what else the machine does. */
function millisecondsSince(begin: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

/** The model of a case, its configuration changed by a function of its text. */
function changed(kerasCase: KerasCase, change: (text: string) => string) {
  const files = tfjsFiles(kerasCase);
  const text = JSON.stringify(files.model);
  const next = change(text);
  expect(next).not.toBe(text);
  return { model: next, shards: files.shards };
}

describe('loadKeras refuses', () => {
  it.each([
    ['nothing', undefined, /got undefined, expected an object|loadKeras: got undefined/],
    ['a number', 7, /loadKeras: got 7, expected/],
    ['an object of other things', { weights: 1 }, /expected bytes, a URL, \{ json, weights \} or \{ model, shards \}/],
  ])('%s', (_, source, message) => refuses(source, message, TypeError));

  it('bytes that are neither', () =>
    refuses(strToU8('GIF89a…'), /loadKeras: got Uint8Array\(9\) that begin otherwise/));
  it('no bytes at all', () => refuses(new Uint8Array(0), /loadKeras: got Uint8Array\(0\)/));
  it('options it does not know', async () => {
    await expect(loadKeras(archive, { device: 'gpu' } as never)).rejects.toThrow(/got option "device"/);
  });
});

/** Where the directory of an archive begins and ends. */
function directoryOf(zip: Uint8Array<ArrayBuffer>): [number, number] {
  const end = zip.length - 22;
  return [new DataView(zip.buffer, zip.byteOffset).getUint32(end + 16, true), end];
}

describe('a .keras archive is refused', () => {
  it.each([10, 100, 1000, archive.length - 30])('cut off after %i bytes', (length) =>
    refuses(archive.slice(0, length), /loadKeras: got a damaged zip archive/),
  );
  it('without a configuration', () =>
    refuses(zipSync({ 'model.weights.h5': parts['model.weights.h5'] }), /without config\.json/));
  it('without weights', () => refuses(zipSync({ 'config.json': parts['config.json'] }), /without model\.weights\.h5/));
  it('whose names lead elsewhere', () => {
    // Names are compared, never followed: what is not called by the right name is not there.
    const bad = {
      '../config.json': parts['config.json'],
      '/etc/passwd': new Uint8Array(3),
      __proto__: new Uint8Array(3),
    };
    return refuses(zipSync(bad), /without config\.json/);
  });
  it('that claims two gigabytes', () => {
    const bomb = archive.slice();
    const view = new DataView(bomb.buffer);
    // The directory at the end says what each entry inflates to, 24 bytes after its signature.
    for (let at = 0; at + 4 < bomb.length; at++) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0x7fffffff, true);
    }
    return refuses(
      bomb,
      /entry "\w+\.json": got a claim of 2147483647 bytes from \d+, expected at most 1032 times/,
      RangeError,
    );
  });
  it('that names one entry a thousand times', () => {
    const [start, end] = directoryOf(archive);
    const [name, extra] = new Uint16Array(archive.slice(start + 28, start + 32).buffer);
    const record = archive.subarray(start, start + 46 + name + extra);
    const bomb = new Uint8Array(archive.length + 1000 * record.length);
    bomb.set(archive.subarray(0, start));
    for (let i = 0; i < 1000; i++) bomb.set(record, start + i * record.length);
    bomb.set(archive.subarray(start), start + 1000 * record.length);
    const view = new DataView(bomb.buffer);
    const last = end + 1000 * record.length;
    for (const at of [8, 10]) view.setUint16(last + at, view.getUint16(last + at, true) + 1000, true);
    view.setUint32(last + 12, view.getUint32(last + 12, true) + 1000 * record.length, true);
    return refuses(bomb, /loadKeras: got two entries "\w+\.json", expected one/, RangeError);
  });
  it('whose entries together claim more than it holds', () => {
    const bomb = archive.slice();
    const view = new DataView(bomb.buffer);
    const [start, end] = directoryOf(bomb);
    for (let at = start; at < end; at++) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 20, Math.floor(bomb.length * 0.6), true);
    }
    return refuses(bomb, /got a claim of \d+ bytes from \d+, expected .* all together no more than/, RangeError);
  });
  it('that inflates a thousandfold and is no HDF5 file', () => {
    const zeros = zipSync(
      { 'config.json': parts['config.json'], 'model.weights.h5': new Uint8Array(20_000_000) },
      { level: 9 },
    );
    return refuses(zeros, /got an archive of \d+ bytes that inflates to 2\d+, expected at most 16777216/, RangeError);
  });
  it('whose configuration is no JSON', () =>
    refuses(
      zipSync({ ...parts, 'config.json': strToU8('{"class_name": ') }),
      /config\.json: got Uint8Array\(15\) that is no JSON/,
    ));
});

describe('an HDF5 file is refused', () => {
  const file = bytesOf(LSTM.files.h5);
  it.each([8, 96, 500, 2000])('cut off after %i bytes', (length) =>
    refuses(file.slice(0, length), /got a damaged HDF5 file|got no/),
  );
  it('that is one of weights alone', () => refuses(parts['model.weights.h5'], /HDF5 file without model_config/));
  it('whose tree has two ways to every node, a million million to the last', () => {
    const levels = 40;
    const nodeBytes = 24 + 5 * 8;
    const tree = new Uint8Array(file.length + levels * nodeBytes + 8);
    tree.set(file);
    const view = new DataView(tree.buffer);
    // The root's B-tree, in the scratch of the superblock's symbol table entry and in the root's message.
    const root = view.getBigUint64(80, true);
    for (let at = 0; at + 8 <= file.length; at++) {
      if (view.getBigUint64(at, true) === root) view.setBigUint64(at, BigInt(file.length), true);
    }
    for (let level = levels - 1; level >= 0; level--) {
      const at = file.length + (levels - 1 - level) * nodeBytes;
      tree.set([...strToU8('TREE'), 0, level, 2, 0], at);
      for (const child of [at + 32, at + 48]) view.setBigUint64(child, BigInt(at + nodeBytes), true);
    }
    tree.set(strToU8('SNOD'), file.length + levels * nodeBytes);
    return refuses(tree, /got a damaged HDF5 file \(structures that share bytes or lead back to themselves\)/);
  });
  it('whose arrays claim more than it holds', () => {
    const claims = file.slice();
    const view = new DataView(claims.buffer);
    // The kernel of the LSTM is [3, 20]: two 64-bit dims, wherever a dataspace has them.
    for (let at = 0; at + 16 < claims.length; at += 4) {
      if (view.getBigUint64(at, true) === 3n && view.getBigUint64(at + 8, true) === 20n) {
        view.setBigUint64(at, 0x20000000n, true);
      }
    }
    return refuses(claims, /got dims \[536870912, 20\], expected what the 240 bytes of the array hold/, RangeError);
  });
});

describe('a configuration is refused', () => {
  const text = caseNamed('text-classifier, Keras 2');
  const shared = caseNamed('shared-layer, Keras 3');
  const rnn = caseNamed('encoder-decoder, Keras 2');
  it.each([
    [
      'a Lambda layer, by name',
      text,
      ['"Dropout","config":{', '"Lambda","config":{'],
      /layer "dropout" \("Lambda"\): got a Lambda layer, which is Python code/,
    ],
    [
      'an unknown layer, by name',
      text,
      ['"Dropout","config":{', '"AttentionToNothing","config":{'],
      /layer "dropout" \("AttentionToNothing"\): got a layer that hiddenstate does not have/,
    ],
    [
      'an unknown activation',
      text,
      ['"softmax"', '"glu"'],
      /layer "dense" \("Dense"\): activation: got activation "glu"/,
    ],
    [
      'units of no number',
      text,
      ['"units":3', '"units":"many"'],
      /layer "dense" \("Dense"\): units: got "many", expected a number/,
    ],
    ['units of zero', text, ['"units":3', '"units":0'], /units: got 0, expected an integer from 1 on/],
    [
      'units that the weights do not have',
      text,
      ['"units":3', '"units":4'],
      /kernel: got dims \[8, 3\], expected \["any", 4\]/,
    ],
    [
      'a merge mode that does not exist',
      text,
      ['"merge_mode":"concat"', '"merge_mode":"max"'],
      /merge_mode: got "max", expected concat/,
    ],
    ['a flag of text', text, ['"mask_zero":true', '"mask_zero":"yes"'], /mask_zero: got "yes", expected true or false/],
    [
      'a subclassed model',
      text,
      ['"class_name":"Sequential"', '"class_name":"MyModel"'],
      /got model class "MyModel", expected Sequential or Functional/,
    ],
    [
      'a layer of no class',
      text,
      ['"class_name":"Embedding"', '"class_name":5'],
      /class_name: got 5, expected a string/,
    ],
    ['no layers', text, ['"layers":[', '"layers":[],"was":['], /Sequential model without layers/],
    [
      'an input shape of words',
      text,
      ['"batch_input_shape":[null,null]', '"batch_input_shape":[null,"x"]'],
      /batch_input_shape: got "x"/,
    ],
    [
      'a layer that reads itself',
      rnn,
      ['[["x",0,0,{}]]', '[["lstm",0,0,{}]]'],
      /layer "lstm": got inputs that nothing computes, or a cycle/,
    ],
    [
      'an output that there is not',
      rnn,
      ['["lstm",0,2,{}]', '["lstm",0,9,{}]'],
      /got output 9 of layer "lstm", expected one that there is/,
    ],
    [
      'outputs of nothing',
      rnn,
      ['"output_layers":[["dense",0,0]]', '"output_layers":[]'],
      /got 1 outputs|0 outputs, expected at least one/,
    ],
    [
      'an input that is no InputLayer',
      rnn,
      ['"input_layers":[["x",0,0]', '"input_layers":[["dense",0,0]'],
      /expected the name of an InputLayer/,
    ],
    [
      'a negative index',
      shared,
      ['"keras_history":["lstm",1,0]', '"keras_history":["lstm",-1,0]'],
      /got index -1 of layer "lstm"/,
    ],
  ] as const)('with %s', (_, kerasCase, [from, to], message) =>
    refuses(
      changed(kerasCase, (json) => json.replace(from, to)),
      message,
    ),
  );

  it('that nests models without end', () => {
    const depth = 100;
    const open = '{"class_name":"Sequential","config":{"name":"m","layers":[';
    const json = `${open.repeat(depth)}{"class_name":"Dropout","config":{"name":"d"}}${']}}'.repeat(depth)}`;
    const model = { modelTopology: JSON.parse(json), weightsManifest: [] };
    return refuses({ model, shards: {} }, /got models in models 33 deep, expected at most 32/, RangeError);
  });
  it('that calls a model twice in a model called twice, and so on', async () => {
    const twice = (inner: { config: { name: string } }, depth: number): { config: { name: string } } => {
      const { name } = inner.config;
      const called = { ...inner, name, inbound_nodes: [[['x', 0, 0, {}]], [[name, 0, 0, {}]]] };
      const input = { class_name: 'InputLayer', name: 'x', config: { batch_shape: [null, 4] }, inbound_nodes: [] };
      const model = { name: `m${depth}`, layers: [input, called], input_layers: [['x', 0, 0]] };
      const config = { ...model, output_layers: [[name, 1, 0]] };
      const outer = { class_name: 'Functional', config };
      return depth === 30 ? outer : twice(outer, depth + 1);
    };
    const modelTopology = twice({ class_name: 'Dropout', config: { name: 'd' } } as never, 1);
    const files = { model: { modelTopology, weightsManifest: [] }, shards: {} };
    await refuses(files, /loadKeras: model "m\d+": got more than 100000 calls of layers/, RangeError);
    expect((await describeKeras(files)).problems).toEqual([
      expect.stringMatching(/got more than 100000 calls of layers/),
    ]);
  });
  it('with two layers of one name', () =>
    refuses(
      changed(text, (json) => json.replace('"name":"dropout"', '"name":"spatial_dropout1d"')),
      /got two layers "spatial_dropout1d"/,
    ));
  it('that nests lists without end', () => {
    const model = JSON.parse(JSON.stringify(rnn.model));
    const list = `${'['.repeat(50)}${']'.repeat(50)}`;
    model.modelTopology.model_config.config.input_layers = JSON.parse(list);
    return refuses({ model, shards: tfjsFiles(rnn).shards }, /got lists nested more than 8 deep/, RangeError);
  });

  it('whose states are constants in a file of Keras 2, which Keras 2 cannot load either', () => {
    const states = JSON.stringify([[[1, 2, 3, 4, 5]], [[5, 4, 3, 2, 1]]]);
    const files = changed(caseNamed('LSTM-states, Keras 2'), (text) =>
      text.replace('["x",0,0,{}]', `["x",0,0,{"initial_state":${states}}]`),
    );
    return refuses(files, /layer "lstm" \("LSTM"\): initial_state: got Array\(2\), a constant, expected a tensor/);
  });
});

describe('a large configuration', () => {
  it('of layers in models in models is described without end of the stack', async () => {
    const open = '{"class_name":"Sequential","config":{"name":"m","layers":[';
    const json = `${open.repeat(3000)}{"class_name":"Dropout","config":{"name":"d"}}${']}}'.repeat(3000)}`;
    const { problems } = await describeKeras({ model: `{"modelTopology":${json},"weightsManifest":[]}`, shards: {} });
    expect(problems).toEqual([expect.stringMatching(/got models in models 33 deep/)]);
  });
  it('of layers written last first is put in order at once', async () => {
    const count = 8000;
    const layers = Array.from({ length: count }, (_, i) => {
      const [name, before] = [`d${i}`, i === 0 ? 'x' : `d${i - 1}`];
      return { class_name: 'Dropout', name, config: { name }, inbound_nodes: [[[before, 0, 0, {}]]] };
    }).reverse();
    const input = { class_name: 'InputLayer', name: 'x', config: { batch_shape: [null, 4] }, inbound_nodes: [] };
    const ends = { input_layers: [['x', 0, 0]], output_layers: [[`d${count - 1}`, 0, 0]] };
    const modelTopology = { class_name: 'Functional', config: { name: 'm', layers: [...layers, input], ...ends } };
    const begin = process.cpuUsage();
    const model = await loadKeras({ model: { modelTopology, weightsManifest: [] }, shards: {} }, { engine });
    expect(millisecondsSince(begin)).toBeLessThan(1500);
    expect(model.run({ x: { data: Float32Array.of(1, 2, 3, 4), dims: [1, 4] } })[`d${count - 1}`].data[3]).toBe(4);
    model.dispose();
  });
});

describe('weights are refused', () => {
  const dense = caseNamed('Dense-steps, Keras 2');
  const files = () => tfjsFiles(dense);
  const path = Object.keys(dense.shards)[0];
  it('when a shard is not there', () =>
    refuses({ ...files(), shards: {} }, /shards: got undefined for "group1-shard1of1\.bin"/));
  it('when a shard is no bytes', () => refuses({ ...files(), shards: { [path]: 'abc' } }, /got "abc" for "group1/));
  it('when shards are short', () =>
    refuses(
      { ...files(), shards: { [path]: files().shards[path].slice(0, 100) } },
      /got \d+ bytes left in its shards, expected 32/,
    ));
  it('when shards are long', () =>
    refuses(
      { ...files(), shards: { [path]: new Uint8Array(500) } },
      /got shards of 500 bytes, expected 128/,
      RangeError,
    ));
  it('when one is missing', () =>
    refuses(
      changed(dense, (json) => json.replace('dense/bias', 'other/bias')),
      /layer "dense": got no weight "bias"/,
    ));
  it('when one is too many', () =>
    refuses(
      changed(dense, (json) => json.replace('"use_bias":true', '"use_bias":false')),
      /got weight "dense\/bias", expected only those/,
    ));
  it('when one has another name', () =>
    refuses(
      changed(dense, (json) => json.replace('dense/kernel', 'dense/depthwise')),
      /got weight "dense\/depthwise", expected its "kernel"/,
    ));
  it('of dims that overflow', () =>
    refuses(
      changed(dense, (json) => json.replace('"shape":[3,8]', '"shape":[9007199254740991,9007199254740991]')),
      /expected a product of at most/,
    ));
  it('of a type that is none', () =>
    refuses(
      changed(dense, (json) => json.replace('[3,8],"dtype":"float32"', '[3,8],"dtype":"complex64"')),
      /got dtype "complex64", expected float32/,
    ));
  it('of numbers missing in a .keras file', () => {
    const model = zipSync({
      ...parts,
      'config.json': strToU8(
        new TextDecoder().decode(parts['config.json']).replace('"use_bias": true', '"use_bias": false'),
      ),
    });
    return refuses(
      model,
      /layer "lstm": got 3 variables in "layers\/lstm\/cell\/vars", expected 2: kernel, recurrent_kernel/,
    );
  });
});

describe('a loaded model refuses', () => {
  const load = () => loadKeras(archive, { engine });
  const x = Object.values(feedsOf(LSTM))[0];

  it.each([
    ['no feeds', undefined, TypeError, /Keras model\.run: got feeds undefined/],
    ['a feed of another name', { y: x }, TypeError, /Keras model\.run: got feed "y", expected only input_layer/],
    ['a missing feed', {}, TypeError, /feed "input_layer": got undefined, expected a tensor/],
    ['a feed without dims', { input_layer: { data: x.data } }, TypeError, /feed "input_layer"/],
    [
      'a feed of a list',
      { input_layer: { data: [1, 2, 3], dims: [1, 1, 3] } },
      TypeError,
      /feed "input_layer": got Array\(3\)/,
    ],
    [
      'dims that do not fit the data',
      { input_layer: { data: x.data, dims: [1, 5, 3] } },
      RangeError,
      /got 45 elements, expected 15/,
    ],
    [
      'features of another width',
      { input_layer: { data: x.data, dims: [3, 3, 5] } },
      RangeError,
      /got dims \[3, 3, 5\], expected/,
    ],
  ] as const)('%s', async (_, feeds, Kind, message) => {
    const model = await load();
    const before = engine.bytesInUse;
    expect(() => model.run(feeds as never)).toThrow(Kind);
    expect(() => model.run(feeds as never)).toThrow(message);
    expect(engine.bytesInUse).toBe(before);
    model.dispose();
  });

  it('predict with several inputs, and anything after dispose()', async () => {
    const two = await loadKeras(tfjsFiles(caseNamed('shared-layer, Keras 3')), { engine });
    expect(() => two.predict(x)).toThrow(/got a model of 2 inputs and 1 outputs, expected one of each/);
    two.dispose();
    expect(two.disposed).toBe(true);
    expect(() => two.run({ x, y: x })).toThrow(/disposed/);
  });

  it('no numbers of other kinds, which it takes as Keras does', async () => {
    const model = await load();
    const floats = model.predict(x).data;
    expect(model.predict({ data: Float64Array.from(x.data), dims: x.dims }).data).toEqual(floats);
    model.dispose();
    const tokens = await loadKeras(tfjsFiles(caseNamed('text-classifier, Keras 2')), { engine });
    const ids = [1, 2, 0, 6];
    const expected = tokens.predict({ data: Float32Array.from(ids), dims: [1, 4] }).data;
    for (const data of [Int32Array.from(ids), BigInt64Array.from(ids, BigInt), Uint8Array.from(ids)]) {
      expect(tokens.predict({ data, dims: [1, 4] }).data).toEqual(expected);
    }
    expect(() => tokens.predict({ data: Int32Array.of(7), dims: [1, 1] })).toThrow(/embedding.*7/);
    tokens.dispose();
  });
});

describe('loadKeras of an address', () => {
  let server: Server;
  let base: string;
  const dense = caseNamed('Dense-steps, Keras 2');
  const files = tfjsFiles(dense);
  const [shard] = Object.keys(files.shards);
  const served: Record<string, Uint8Array> = {
    '/m/model.json': strToU8(JSON.stringify(files.model)),
    [`/m/${shard}`]: files.shards[shard],
    '/m/lstm.keras': archive,
    '/m/away.json': strToU8(JSON.stringify(files.model).replace(shard, 'http://127.0.0.1:1/secret.bin')),
    '/m/up.json': strToU8(JSON.stringify(files.model).replace(shard, '../other/shard.bin')),
    '/m/lost.json': strToU8(JSON.stringify(files.model).replace(shard, 'gone.bin')),
  };

  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      const bytes = Object.hasOwn(served, url) ? served[url] : undefined;
      response.statusCode = bytes ? 200 : 404;
      response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('fetches model.json with the shards beside it, and a .keras file', async () => {
    const model = await loadKeras(`${base}/m/model.json`, { engine });
    expect(Object.values(model.run(feedsOf(dense)))[0].dims).toEqual(unpack(dense.outputs[0]).dims);
    model.dispose();
    const other = await loadKeras(new URL(`${base}/m/lstm.keras`), { engine });
    expect(other.outputs.length).toBe(1);
    other.dispose();
  });

  it.each([
    ['/m/nowhere.keras', /nowhere\.keras": got HTTP status 404, expected the file/],
    ['/m/lost.json', /gone\.bin": got HTTP status 404/],
    ['/m/away.json', /got shard path "http:\/\/127\.0\.0\.1:1\/secret\.bin", expected one beside model\.json/],
    ['/m/up.json', /got shard path "\.\.\/other\/shard\.bin", expected one beside model\.json/],
  ])('refuses %s', (path, message) => refuses(`${base}${path}`, message));

  it('says so where nobody answers, and where a path is no address', async () => {
    await refuses('http://127.0.0.1:1/model.json', /model\.json": got no answer \(fetch failed.*, expected the file/);
    await refuses('nowhere.keras', /loadKeras: got "nowhere\.keras" that cannot be read \(ENOENT/);
  });
});
