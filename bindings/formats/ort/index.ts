/**
 * hiddenstate/ort: onnxruntime's own interface over hiddenstate. Code written for onnxruntime-web runs after changing the
 * import; what it exports is what onnxruntime-common exports, with an `InferenceSession` that runs models here.
 */
export * from 'onnxruntime-common';
export { type BackendOptions, createBackend } from './backend.js';
export { InferenceSession } from './inference-session.js';
