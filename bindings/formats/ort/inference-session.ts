import { InferenceSession as CommonSession, type InferenceSessionFactory, registerBackend } from 'onnxruntime-common';
import { createBackend } from './backend.js';

/** A name of this copy's own: two copies of the package may share one onnxruntime-common. */
const PROVIDER = `hiddenstate-${Math.random().toString(36).slice(2)}`;

/** Below zero: never chosen but by name, so that onnxruntime-web beside us stays what it was. */
const PRIORITY = -1;

let registered = false;

/**
 * Loads models, with the arguments of onnxruntime's `InferenceSession.create`: bytes, a part of a buffer, a URL, or in Node
 * a path; then options. Execution providers are of no account: there is one, this library. The session that comes out is of
 * onnxruntime-common's own class.
 */
export const InferenceSession: InferenceSessionFactory = {
  create: async (...given: readonly unknown[]) => {
    if (!registered) registerBackend(PROVIDER, createBackend(), PRIORITY);
    registered = true;
    const create = CommonSession.create as (...args: readonly unknown[]) => Promise<CommonSession>;
    return create(...withProvider(given));
  },
};

/** The arguments with our provider in the options, which come last if there are any. */
function withProvider(given: readonly unknown[]): readonly unknown[] {
  const last = given.at(-1);
  const hasOptions = given.length > 1 && typeof last === 'object' && last !== null;
  const options = { ...(hasOptions ? last : {}), executionProviders: [PROVIDER] };
  return [...(hasOptions ? given.slice(0, -1) : given), options];
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
