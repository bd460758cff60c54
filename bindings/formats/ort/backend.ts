import { type Backend, type InferenceSession, type InferenceSessionHandler, Tensor } from 'onnxruntime-common';
import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import type { Engine } from '../../index.js';
import { formatDims } from '../../tensor.js';
import { type ExternalData, type GraphModel, type GraphTensor, loadFor, type ValueInfo } from '../onnx/index.js';
import { assertRunOptions, assertSessionOptions } from './options.js';

/** Options of `createBackend`. */
export interface BackendOptions {
  /** Where models run; the shared engine unless given. */
  readonly engine?: Engine;
}

/**
 * hiddenstate as a backend for onnxruntime's packages: `registerBackend('hiddenstate', createBackend(), -1)`, then
 * `InferenceSession.create(model, { executionProviders: ['hiddenstate'] })`.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import * as ort from 'onnxruntime-common';
 * import { createBackend } from 'hiddenstate/ort';
 *
 * ort.registerBackend('hiddenstate', createBackend(), -1); // -1: only where it is asked for by name
 * const session = await ort.InferenceSession.create(await readFile('model.onnx'), {
 *   executionProviders: ['hiddenstate'],
 * });
 * console.log(session.inputNames); // [ 'x' ]
 * ```
 */
export function createBackend({ engine }: BackendOptions = {}): Backend {
  return {
    init: async () => {},
    createInferenceSessionHandler: async (source, options) => {
      assertSessionOptions(options);
      // A copy: the caller may do with the buffer what they like, and weights are unpacked only when they are needed.
      const model = typeof source === 'string' ? source : new Uint8Array(source);
      const externalData = await externalDataOf(options?.externalData);
      const load = engine ? { engine, externalData } : { externalData };
      return new Handler(await loadFor('InferenceSession.create', model, load));
    },
  };
}

/** onnxruntime's ways to name files beside a model: where a file is alone, its name is the last part of that. */
async function externalDataOf(given: InferenceSession.SessionOptions['externalData'] = []): Promise<ExternalData[]> {
  const files: ExternalData[] = [];
  for (const each of given) {
    const { path, data } =
      typeof each === 'string'
        ? { path: each.replace(/[?#].*$/, '').replace(/^.*[/\\]/, ''), data: each }
        : (each as ExternalData);
    const isBlob = Object.prototype.toString.call(data) === '[object Blob]';
    files.push({ path, data: isBlob ? await (data as unknown as Blob).arrayBuffer() : data });
  }
  return files;
}

type Values = Parameters<InferenceSessionHandler['run']>[0];
type Fetches = Parameters<InferenceSessionHandler['run']>[1];

class Handler implements InferenceSessionHandler {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];

  constructor(private readonly model: GraphModel) {
    this.inputNames = model.inputs.map(({ name }) => name);
    this.outputNames = model.outputs.map(({ name }) => name);
    this.inputMetadata = model.inputs.map(metadata);
    this.outputMetadata = model.outputs.map(metadata);
  }

  async run(feeds: Values, fetches: Fetches, options: InferenceSession.RunOptions): Promise<Values> {
    assertRunOptions(options);
    const names = Object.keys(fetches);
    // All of them, unless fewer are asked for: what nobody reads is not copied.
    const wanted = names.length === this.outputNames.length ? undefined : new Set(names);
    const results = this.model.runFor(feeds as Parameters<GraphModel['run']>[0], wanted);
    const out: Record<string, Values[string]> = {};
    for (const name of names) out[name] = handOut(name, results[name], fetches[name]);
    return out;
  }

  async dispose(): Promise<void> {
    this.model.dispose();
  }

  startProfiling(): void {
    throw new HiddenstateError(
      'UNSUPPORTED',
      'InferenceSession.startProfiling: there is no profiler, expected no call',
    );
  }

  endProfiling(): void {
    throw new HiddenstateError('UNSUPPORTED', 'InferenceSession.endProfiling: there is no profiler, expected no call');
  }
}

/** An unnamed free dimension has the empty name, as in onnxruntime. */
function metadata({ name, dtype, dims = [] }: ValueInfo): InferenceSession.ValueMetadata {
  if (dtype === undefined) return { name, isTensor: false };
  return { name, isTensor: true, type: dtype as Tensor.Type, shape: dims.map((dim) => dim ?? '') };
}

/** A result as a tensor of its own, or written into one that the caller brought. */
function handOut(name: string, { type, data, dims }: GraphTensor, into: Values[string] | null): Values[string] {
  if (type === 'bfloat16') {
    throw typeError(
      `InferenceSession.run: fetch ${JSON.stringify(name)}: got bfloat16, expected a type that Tensor has`,
    );
  }
  if (into === null) return new Tensor(type as 'float32', data as Float32Array, dims) as Values[string];
  const target = into as Tensor;
  if (target.type !== type || target.dims.join() !== dims.join()) {
    throw rangeError(
      `InferenceSession.run: fetch ${JSON.stringify(name)}: got ${target.type} ${formatDims(target.dims)}, ` +
        `expected ${type} ${formatDims(dims)}`,
    );
  }
  writeInto(target.data, data);
  return into;
}

/** Float16 comes as its bits; where the host has numbers of 16 bits, a tensor holds those, in the same bytes. */
function writeInto(target: Tensor['data'], data: GraphTensor['data']): void {
  if (Array.isArray(target)) {
    for (let i = 0; i < target.length; i++) target[i] = data[i] as string;
    return;
  }
  const isHalf = Object.prototype.toString.call(target) === '[object Float16Array]';
  const { buffer, byteOffset, length } = target as Float32Array;
  const to = isHalf ? new Uint16Array(buffer, byteOffset, length) : (target as Float32Array);
  to.set(data as never);
}
