/** A real Fourier transform and its inverse by every library of the registry that has one, from and to arrays of JavaScript. */
import { createRequire } from 'node:module';
import startPffft from '@echogarden/pffft-wasm/simd';
import FFT from 'fft.js';
import { cfft, cifft } from 'fourier-transform';
import { RealFft } from '../../dist/audio.js';

const require = createRequire(import.meta.url);

/**
 * @param size of a frame, a power of 2
 * @returns for each `{ id, run }`: run gives what came back of a frame
 */
export async function transforms(size) {
  const frame = Float32Array.from({ length: size }, (_, n) => Math.sin(n * n * 0.01));
  const contenders = [ours, fftJs, pffft, webfft, plain].map((make) => make(size, frame));
  return { frame, contenders: await Promise.all(contenders) };
}

function ours(size, frame) {
  const fft = new RealFft(size);
  const [spectrum, back] = [new Float32Array(fft.spectrumSize), new Float32Array(size)];
  return { id: 'hiddenstate', run: () => fft.inverse(fft.forward(frame, spectrum), back) };
}

/** Its inverse is of complex numbers. */
function fftJs(size, frame) {
  const fft = new FFT(size);
  const [spectrum, back, real] = [fft.createComplexArray(), fft.createComplexArray(), new Float32Array(size)];
  const run = () => {
    fft.realTransform(spectrum, frame);
    fft.completeSpectrum(spectrum);
    fft.inverseTransform(back, spectrum);
    for (let n = 0; n < size; n++) real[n] = back[2 * n];
    return real;
  };
  return { id: 'fft.js', run };
}

async function pffft(size, frame) {
  const module = await startPffft();
  const setup = module._pffft_new_setup(size, 0);
  const [x, y, work] = [0, 0, 0].map(() => module._pffft_aligned_malloc(size * 4));
  const view = (address) => new Float32Array(module.HEAPU8.buffer, address, size);
  const [input, output] = [view(x), view(y)];
  const [spectrum, back] = [new Float32Array(size), new Float32Array(size)];
  const run = () => {
    input.set(frame);
    module._pffft_transform_ordered(setup, x, y, work, 0);
    spectrum.set(output);
    output.set(spectrum);
    module._pffft_transform_ordered(setup, y, x, work, 1);
    for (let n = 0; n < size; n++) back[n] = input[n] / size;
    return back;
  };
  return { id: '@echogarden/pffft-wasm (SIMD)', run };
}

/** Complex numbers alone; its inverse is not scaled alike by all that it is made of. */
function webfft(size, frame) {
  const WebFFT = require('webfft').default ?? require('webfft');
  const fft = new WebFFT(size, 'kissWasm');
  const [complex, back] = [new Float32Array(2 * size), new Float32Array(size)];
  const run = () => {
    for (let n = 0; n < size; n++) {
      complex[2 * n] = frame[n];
      complex[2 * n + 1] = 0;
    }
    const spectrum = fft.fft(complex);
    // The inverse by the transform of the conjugates.
    for (let n = 0; n < size; n++) {
      complex[2 * n] = spectrum[2 * n];
      complex[2 * n + 1] = -spectrum[2 * n + 1];
    }
    const again = fft.fft(complex);
    for (let n = 0; n < size; n++) back[n] = again[2 * n] / size;
    return back;
  };
  return { id: 'webfft (kissWasm)', run };
}

function plain(size, frame) {
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  const run = () => {
    re.set(frame);
    im.fill(0);
    cfft(re, im);
    cifft(re, im);
    return re;
  };
  return { id: 'fourier-transform', run };
}
