// Listens to many calls at once: node calls.js SPEECH.wav [CALLS]
// Every call hears the same recording (16 bits, one channel), each from another place on, in blocks of 20 ms.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { VadPool } from 'hiddenstate/audio';

const [path, count = '500'] = process.argv.slice(2);
const wav = await readFile(path);
const start = wav.indexOf('data') + 8;
const sampleRate = wav.readUInt32LE(24);
const speech = Float32Array.from(
  { length: (wav.length - start) >> 1 },
  (_, n) => wav.readInt16LE(start + 2 * n) / 32768,
);

const model = await readFile(createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx'));
const pool = await VadPool.load(model, { sampleRate, threads: 0 });
let [speaking, frames] = [0, 0];
const calls = Array.from({ length: Number(count) }, () =>
  pool.open({ onSpeechStart: () => speaking++, onFrame: () => frames++ }),
);

const size = Math.round(sampleRate / 50);
const began = performance.now();
for (let block = 0; block < speech.length / size; block++) {
  calls.forEach((call, i) => {
    const at = ((block + i) * size) % speech.length;
    call.push(speech.subarray(at, at + size));
  });
}
await Promise.all([...calls.map((call) => call.close()), pool.drain()]);
const took = (performance.now() - began) / 1000;

const seconds = speech.length / sampleRate;
console.log(`${count} calls of ${seconds.toFixed(2)} s, ${frames} frames, in ${took.toFixed(2)} s on one core`);
console.log(
  `speech began ${speaking} times; one core hears ${Math.floor((Number(count) * seconds) / took)} calls in real time`,
);
pool.dispose();
