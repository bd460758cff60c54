/**
 * hiddenstate/ort: onnxruntime's own interface over hiddenstate. Code written for onnxruntime-web runs after changing the
 * import; what it exports is what onnxruntime-common exports, with an `InferenceSession` that runs models here.
 */
import * as ort from './interface.js';

export * from './interface.js';
/** All of it by one name, for `import ort from`, as onnxruntime-web has it. */
export default ort;
