/** What onnxruntime-common exports, with sessions of ours. */
export * from 'onnxruntime-common';
export { type BackendOptions, createBackend } from './backend.js';
export { env } from './env.js';
export { InferenceSession } from './inference-session.js';
