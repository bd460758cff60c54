/** onnxruntime-web as the second opinion. */
import * as ort from 'onnxruntime-web';
import type { CaseTensor } from './archive.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

const TYPES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

/** A tensor of onnxruntime's from one of an archive. */
export function ortTensor({ dtype, data, dims }: CaseTensor): ort.Tensor {
  return new ort.Tensor((TYPES[dtype] ?? dtype) as 'float32', data as Float32Array, dims);
}

/** Opens a model there. */
export function ortSession(model: Uint8Array): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model, { logSeverityLevel: 4, intraOpNumThreads: 1 });
}
