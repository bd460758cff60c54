/**
 * A program as users of onnxruntime write them. The test runs it twice, changing nothing but the package it imports, and
 * compares what it prints.
 */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const [charactersPath, sileroPath] = process.argv.slice(-2);
const report = {};

const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', logSeverityLevel: 4 };
const session = await ort.InferenceSession.create(charactersPath, options);
report.inputNames = session.inputNames;
report.outputNames = session.outputNames;
report.inputMetadata = session.inputMetadata;
report.outputMetadata = session.outputMetadata;

// A language model, greedily: the state goes out and comes in again.
let h = new ort.Tensor('float32', new Float32Array(2 * 8), [2, 1, 8]);
let c = new ort.Tensor('float32', new Float32Array(2 * 8), [2, 1, 8]);
let token = 3;
report.tokens = [];
for (let i = 0; i < 12; i++) {
  const tokens = new ort.Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]);
  const results = await session.run({ tokens, h0: h, c0: c });
  ({ h, c } = results);
  const logits = results.logits.data;
  token = logits.indexOf(Math.max(...logits));
  report.tokens.push(token);
  report.lastLogits = Array.from(logits);
}
report.state = { type: h.type, dims: h.dims, size: h.size, location: h.location, data: Array.from(h.data) };

// A batch of sequences, and one output alone.
const batch = {
  tokens: new ort.Tensor('int64', [1, 2, 3, 4, 5, 6].map(BigInt), [3, 2]),
  h0: new ort.Tensor('float32', new Float32Array(2 * 2 * 8), [2, 2, 8]),
  c0: new ort.Tensor(new Float32Array(2 * 2 * 8), [2, 2, 8]),
};
const some = await session.run(batch, ['logits']);
report.some = { names: Object.keys(some), dims: some.logits.dims, data: Array.from(await some.logits.getData()) };
const fetched = await session.run(batch, { h: null }, { tag: 'a run' });
report.fetched = Object.keys(fetched);

// Mistakes.
report.errors = [];
for (const wrong of [
  () => session.run({ h0: h, c0: c }),
  () => session.run(batch, ['nothing']),
  () => session.run(batch, []),
  () => session.run([]),
  () => session.run(batch, null),
  () => ort.InferenceSession.create(17),
  () => ort.InferenceSession.create(new Uint8Array(8).buffer, 9),
]) {
  report.errors.push(
    await wrong().then(
      () => 'no error',
      (error) => `${error.name}: ${error.message}`,
    ),
  );
}
await session.release();

// A model from bytes, a view into a larger buffer.
const bytes = readFileSync(sileroPath);
const larger = new Uint8Array(bytes.length + 16);
larger.set(bytes, 8);
const vad = await ort.InferenceSession.create(larger.buffer, 8, bytes.length, options);
let state = new ort.Tensor('float32', new Float32Array(256), [2, 1, 128]);
const sr = new ort.Tensor('int64', BigInt64Array.of(16000n), []);
report.probabilities = [];
for (let i = 0; i < 10; i++) {
  const samples = Float32Array.from({ length: 576 }, (_, k) => 0.3 * Math.sin((i * 512 + k) / (4 + (i % 3))));
  const input = new ort.Tensor('float32', samples, [1, 576]);
  const { output, stateN } = await vad.run({ input, state, sr });
  state = stateN;
  report.probabilities.push(output.data[0]);
}
await vad.release();

// Arguments left out, and said to be left out.
const small = readFileSync(charactersPath);
const tail = new Uint8Array(small.length + 8);
tail.set(small, 8);
const whole = new Uint8Array(small).buffer;
report.created = [];
for (const args of [
  [charactersPath, undefined],
  [new Uint8Array(small), undefined],
  [whole],
  [whole, undefined],
  [whole, options],
  [tail.buffer, 8],
  [tail.buffer, 8, undefined, options],
  [tail.buffer, 8, small.length],
  [tail.buffer, 8, small.length, undefined],
  [charactersPath, null],
  [charactersPath, 5],
  [new Uint8Array(small), 0, small.length],
  [whole, 'options'],
  [tail.buffer, 8, null],
  [tail.buffer, 8, options],
  [tail.buffer, 8, small.length, null],
  [tail.buffer, -1],
  [tail.buffer, 0.5],
  [tail.buffer, tail.length],
  [tail.buffer, 8, small.length + 1],
]) {
  report.created.push(
    await ort.InferenceSession.create(...args).then(
      async (created) => {
        const names = created.inputNames;
        await created.release();
        return { names, isSession: created instanceof ort.InferenceSession };
      },
      (error) => `${error.name}: ${error.message}`,
    ),
  );
}
report.others = [{}, null, 5, state].map((value) => value instanceof ort.InferenceSession);

console.log(JSON.stringify(report));
