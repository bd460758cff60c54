import { InferenceSession as CommonSession, type InferenceSessionFactory, registerBackend } from 'onnxruntime-common';
import { createBackend } from './backend.js';

/** A name of this copy's own: two copies of the package may share one onnxruntime-common. */
const PROVIDER = `hiddenstate-${Math.random().toString(36).slice(2)}`;

/** Below zero: never chosen but by name, so that onnxruntime-web beside us stays what it was. */
const PRIORITY = -1;

let registered = false;

/** What a class's `instanceof` asks: the objects are of onnxruntime-common's class, not of a class of ours. */
interface Kind {
  [Symbol.hasInstance](value: unknown): value is CommonSession;
}

/**
 * Loads models, with the arguments of onnxruntime's `InferenceSession.create`: bytes, a part of a buffer, a URL, or in Node
 * a path; then options. Execution providers are of no account: there is one, this library. The session that comes out is of
 * onnxruntime-common's own class.
 */
export const InferenceSession: InferenceSessionFactory & Kind = {
  create: async (...given: readonly unknown[]) => {
    if (!registered) registerBackend(PROVIDER, createBackend(), PRIORITY);
    registered = true;
    const create = CommonSession.create as (...args: readonly unknown[]) => Promise<CommonSession>;
    return create(...withProvider(given));
  },
  [Symbol.hasInstance]: (value): value is CommonSession =>
    value instanceof (CommonSession as unknown as new () => CommonSession),
};

/** The arguments with our provider in the options; options that are none are left for onnxruntime-common to refuse. */
function withProvider(given: readonly unknown[]): readonly unknown[] {
  const [source, offset, length] = given;
  const isBuffer = /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(source));
  const inPart = isBuffer && typeof offset === 'number';
  const options = inPart ? given[3] : offset;
  if (options !== undefined && (typeof options !== 'object' || options === null)) return given;
  const own = { ...options, executionProviders: [PROVIDER] };
  if (!inPart) return [source, own];
  // The options' place is the fourth, so a length must be said.
  return [source, offset, length === undefined ? (source as ArrayBufferLike).byteLength - offset : length, own];
}

/** A loaded model. */
export interface InferenceSession extends CommonSession {}

/** The types that go with it, as onnxruntime-common has them. */
export declare namespace InferenceSession {
  type OnnxValueMapType = CommonSession.OnnxValueMapType;
  type NullableOnnxValueMapType = CommonSession.NullableOnnxValueMapType;
  type FeedsType = CommonSession.FeedsType;
  type FetchesType = CommonSession.FetchesType;
  type ReturnType = CommonSession.ReturnType;
  type SessionOptions = CommonSession.SessionOptions;
  type RunOptions = CommonSession.RunOptions;
  type ExecutionProviderConfig = CommonSession.ExecutionProviderConfig;
  type ExecutionProviderName = CommonSession.ExecutionProviderName;
  type ExecutionProviderOption = CommonSession.ExecutionProviderOption;
  type ExecutionProviderOptionMap = CommonSession.ExecutionProviderOptionMap;
  type WebAssemblyExecutionProviderOption = CommonSession.WebAssemblyExecutionProviderOption;
  type ValueMetadata = CommonSession.ValueMetadata;
  type TensorValueMetadata = CommonSession.TensorValueMetadata;
  type NonTensorValueMetadata = CommonSession.NonTensorValueMetadata;
}
