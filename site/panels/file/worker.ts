import { identify, type OpenedModel, openModel } from 'hiddenstate/files';
import { describeOnnx } from 'hiddenstate/onnx';
import { answerWith } from '../shared/worker-server.js';
import type { Opened, Part, Port, Raced, Ran, Request } from './messages.js';

/** Runs that are compared before anything is timed, and rounds of the race. */
const COMPARED = 10;
const ROUNDS = 7;
const BURST_MILLISECONDS = 30;

let model: OpenedModel | undefined;
let bytes = new Uint8Array();

answerWith<Request>((request) => {
  switch (request.kind) {
    case 'open':
      return open(request.bytes, request.layers);
    case 'run':
      return run(request.dims, request.fill);
    case 'race':
      return race(request.dims, request.ort);
  }
});

async function open(given: Uint8Array, layers: readonly string[]): Promise<Opened> {
  model?.dispose();
  model = undefined;
  bytes = given as Uint8Array<ArrayBuffer>;
  const { format, version = '', runs, problems } = identify(bytes);
  if (!runs) throw new Error(problems[0] ?? `a file of the format ${format} is not read`);
  const start = performance.now();
  model = await openModel(bytes, layers.length > 0 ? { layers } : {});
  const milliseconds = performance.now() - start;
  const { inputs, outputs } = model;
  const described = format === 'onnx' ? describeOnnx(bytes) : undefined;
  const parts: Part[] = (described?.layers ?? []).map(({ name, type, direction, inputSize, hiddenSize }) => ({
    name,
    kind: direction === 'forward' ? type : `${type}, ${direction}`,
    shape: `${inputSize ?? '?'} → ${hiddenSize ?? '?'}`,
  }));
  return {
    format,
    version,
    inputs: inputs.map(portOf),
    outputs: outputs.map(portOf),
    parts,
    parameters: described?.parameters ?? 0,
    operators: (described?.operators ?? []).map(({ name, nodes }) => `${name} × ${nodes}`),
    dims: inputs.map(({ name, dims }, i) => triedDims(described?.ran, name) ?? guessed(dims ?? [], i)),
    milliseconds,
  };
}

function portOf({ name, dtype, dims }: OpenedModel['inputs'][number]): Port {
  return {
    name,
    type: dtype ?? 'float32',
    dims: dims === undefined ? 'any' : `[${dims.map((extent) => extent ?? '?').join(', ')}]`,
  };
}

/** Where the file leaves an extent open: one sequence of the first input is ten steps long, all else is one. */
function guessed(dims: readonly (number | string | null)[], input: number): number[] {
  return dims.map((extent, axis) => (typeof extent === 'number' ? extent : input === 0 && axis === 1 ? 10 : 1));
}

/** `x [1, 7, 80]`, as the trial of describeOnnx says it. */
function triedDims(ran: readonly string[] | undefined, name: string): number[] | undefined {
  const line = ran?.find((text) => text.startsWith(`${name} [`));
  return line
    ?.slice(name.length + 2, -1)
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
}

type Feeds = Parameters<OpenedModel['run']>[0];

/** Numbers for every input: whole ones for inputs of whole numbers, which are lengths, ids and rates. */
function feedsOf(dims: readonly (readonly number[])[], fill: 'zeros' | 'noise' | Float32Array): Feeds {
  const { inputs } = model as OpenedModel;
  const feeds = inputs.map(({ name, dtype = 'float32' }, i) => {
    const size = dims[i].reduce((product, extent) => product * extent, 1);
    const data =
      dtype === 'int64'
        ? new BigInt64Array(size).fill(name === 'sr' ? 16000n : 0n)
        : dtype === 'int32'
          ? new Int32Array(size)
          : dtype === 'bool'
            ? new Uint8Array(size)
            : floats(size, i === 0 ? fill : 'zeros');
    return [name, { data, dims: dims[i] }];
  });
  return Object.fromEntries(feeds) as Feeds;
}

function floats(size: number, fill: 'zeros' | 'noise' | Float32Array): Float32Array {
  const data = new Float32Array(size);
  if (fill === 'noise') {
    let state = 1;
    for (let i = 0; i < size; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      data[i] = (state / 2 ** 32 - 0.5) * 0.2;
    }
  } else if (fill !== 'zeros') {
    if (fill.length !== size)
      throw new Error(`the CSV has ${fill.length} numbers, and the dims want ${size}: change the dims or the file`);
    data.set(fill);
  }
  return data;
}

function run(dims: readonly (readonly number[])[], fill: 'zeros' | 'noise' | Float32Array): Ran {
  const loaded = model as OpenedModel;
  const feeds = feedsOf(dims, fill);
  let results = loaded.run(feeds);
  const start = performance.now();
  let runs = 0;
  do {
    results = loaded.run(feeds);
    runs++;
  } while (performance.now() - start < 100 && runs < 1000);
  return {
    microseconds: ((performance.now() - start) / runs) * 1000,
    outputs: Object.entries(results).map(([name, tensor]) => ({
      name,
      dims: `[${tensor.dims.join(', ')}]`,
      first: Array.from(tensor.data as ArrayLike<number | bigint>)
        .slice(0, 6)
        .map((value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value))
        .join(', '),
    })),
  };
}

interface Ort {
  env: { wasm: { numThreads: number; wasmPaths: string } };
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => unknown;
  InferenceSession: {
    create(
      bytes: Uint8Array,
    ): Promise<{ run(feeds: unknown): Promise<Record<string, { data: ArrayLike<number | bigint> }>> }>;
  };
}

/** Both run the same file on the same numbers; only when their outputs agree are they timed, by turns, one thread each. */
async function race(dims: readonly (readonly number[])[], place: string): Promise<Raced> {
  const loaded = model as OpenedModel;
  const feeds = feedsOf(dims, 'noise');
  const oursFirst = await timed(async () => {
    const again = await openModel(bytes);
    again.run(feeds);
    again.dispose();
  });
  const ort = (await import(/* @vite-ignore */ `${place}ort.wasm.min.mjs`)) as Ort;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = place;
  const tensors = Object.fromEntries(
    loaded.inputs.map(({ name, dtype = 'float32' }, i) => [
      name,
      new ort.Tensor(dtype, (feeds[name] as { data: unknown }).data, dims[i]),
    ]),
  );
  let session = undefined as unknown as Awaited<ReturnType<Ort['InferenceSession']['create']>>;
  const theirsFirst = await timed(async () => {
    session = await ort.InferenceSession.create(bytes);
    await session.run(tensors);
  });
  let difference = 0;
  for (let i = 0; i < COMPARED; i++) {
    const own = loaded.run(feeds);
    const other = await session.run(tensors);
    for (const [name, tensor] of Object.entries(own)) {
      const values = tensor.data as ArrayLike<number | bigint>;
      for (let at = 0; at < values.length; at++)
        difference = Math.max(difference, Math.abs(Number(values[at]) - Number(other[name].data[at])));
    }
  }
  if (!(difference < 1e-3)) throw new Error(`the outputs differ by ${difference.toPrecision(3)}, so nothing was timed`);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await burst(async () => void loaded.run(feeds)));
    theirs.push(await burst(async () => void (await session.run(tensors))));
  }
  return {
    difference,
    runs: COMPARED,
    ours: { first: oursFirst, run: median(ours) },
    theirs: { first: theirsFirst, run: median(theirs) },
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Microseconds of one call. */
async function burst(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  let calls = 0;
  do {
    await work();
    calls++;
  } while (performance.now() - start < BURST_MILLISECONDS);
  return ((performance.now() - start) / calls) * 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
