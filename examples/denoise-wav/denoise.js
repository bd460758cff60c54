/**
 * Denoises a WAV file of 16 bits and one channel: node denoise.js MODEL.onnx NOISY.wav CLEAN.wav
 *
 * MODEL is one step of a network like GTCRN: it takes and gives the spectrum of a frame, [1, bins, 1, 2], beside its states.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { makeWindow, SpectralModel } from 'hiddenstate/audio';
import { loadOnnx } from 'hiddenstate/onnx';

const [modelPath, noisyPath, cleanPath] = process.argv.slice(2);
const net = await loadOnnx(modelPath);
const nFft = 2 * (net.inputs[0].dims[1] - 1);

const wav = await readFile(noisyPath);
const start = wav.indexOf('data') + 8;
const count = (wav.length - start) >> 1;
const samples = Float32Array.from({ length: count }, (_, n) => wav.readInt16LE(start + 2 * n) / 32768);

const denoiser = new SpectralModel({
  sampleRate: wav.readUInt32LE(24),
  nFft,
  hopLength: nFft / 2,
  window: makeWindow('hann', nFft).map(Math.sqrt),
  stages: [{ stream: net.stream(), input: 'complex', output: 'complex' }],
});

const began = performance.now();
denoiser.process(samples).forEach((y, n) => {
  wav.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(y * 32768))), start + 2 * n);
});
const seconds = count / denoiser.sampleRate;
const took = (performance.now() - began) / 1000;
await writeFile(cleanPath, wav);
console.log(
  `${cleanPath}: ${seconds.toFixed(2)} s in ${took.toFixed(2)} s; live it would come ${denoiser.latencyMs} ms later`,
);
