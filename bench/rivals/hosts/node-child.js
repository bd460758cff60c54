/** Runs in a process of its own: one group of cases, results by messages to the parent. */
import '@tensorflow/tfjs-backend-cpu';
import { once } from 'node:events';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { enableProdMode } from '@tensorflow/tfjs-core';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { buildCeiling } from '../../ceiling/build.js';
import { onnxruntimeContender } from '../contenders/onnxruntime.js';
import { tensorflowContender } from '../contenders/tensorflow.js';
import { runGroup } from './suite.js';

enableProdMode();
setThreadsCount(1);
web.env.wasm.numThreads = 1;

const [{ cases, pace }] = await once(process, 'message');
await runGroup({
  cases,
  pace,
  rivals: [
    onnxruntimeContender('onnxruntime-web', web, 'wasm'),
    onnxruntimeContender('onnxruntime-node', native, 'cpu'),
    tensorflowContender('wasm'),
    tensorflowContender('cpu'),
  ],
  ceilingBytes: { baseline: buildCeiling('baseline'), relaxed: buildCeiling('relaxed') },
  onCase: (result) => process.send(result),
});
process.disconnect();
