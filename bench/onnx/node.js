import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measureLstm } from './lstm.js';
import { measureFrames } from './measure.js';

/** This Node: frames in this process, every first result in one of its own. */
export async function nodeHost() {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  const { loadOnnx } = await import('../../dist/onnx.js');
  const { LSTM } = await import('../../dist/index.js');
  const bytesOf = ({ file }) =>
    new Uint8Array(readFileSync(new URL(`../../node_modules/@ricky0123/vad-web/dist/${file}`, import.meta.url)));
  const child = fileURLToPath(new URL('first-child.js', import.meta.url));
  return {
    id: `node-${process.versions.node.split('.')[0]}`,
    label: `Node ${process.versions.node}`,
    frames: (model, pace) => measureFrames({ loadOnnx, ort }, model, bytesOf(model), { ...pace, burstMilliseconds: 5 }),
    lstm: (size, pace) => measureLstm({ loadOnnx, LSTM }, size, { ...pace, burstMilliseconds: 5 }),
    first: (contender, model) =>
      JSON.parse(execFileSync(process.execPath, [child, contender, model.name], { encoding: 'utf8' })),
    close: async () => {},
  };
}
