/** What a page can be asked: a group of cases, or one first result. Bundled, with all rivals that run in a browser. */
import '@tensorflow/tfjs-backend-cpu';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { enableProdMode } from '@tensorflow/tfjs-core';
import * as web from 'onnxruntime-web';
import { onnxruntimeContender } from '../contenders/onnxruntime.js';
import { tensorflowContender } from '../contenders/tensorflow.js';
import { PATHS } from './browser-paths.js';
import { runGroup } from './suite.js';

enableProdMode();
setThreadsCount(1);
setWasmPaths(PATHS.tensorflow);
web.env.wasm.numThreads = 1;
web.env.wasm.wasmPaths = PATHS.onnxruntime;

async function bytesOf(build) {
  return new Uint8Array(await (await fetch(`/ceiling/${build}.wasm`)).arrayBuffer());
}

/** Runs cases one after the other; `onCase` of the page is told each result. */
globalThis.measureGroup = async ({ cases, pace }) => {
  await runGroup({
    cases,
    pace,
    rivals: [
      onnxruntimeContender('onnxruntime-web', web, 'wasm'),
      tensorflowContender('wasm'),
      tensorflowContender('cpu'),
    ],
    ceilingBytes: { baseline: await bytesOf('baseline'), relaxed: await bytesOf('relaxed') },
    onCase: (result) => globalThis.onCase(JSON.stringify(result)),
  });
};
