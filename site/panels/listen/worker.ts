import { Amplifier, resample, Vad } from 'hiddenstate/audio';
import { answerWith } from '../shared/worker-server.js';
import { crest, GUITAR_RATE, guitarLine } from './guitar.js';
import { type Amplified, FRAME, type Heard, PEAK, type Request, type Sound } from './messages.js';

const RATE = 16_000;
const WARM_UP = 100;

let vad: Vad | undefined;
let samples: Float32Array = new Float32Array();
let at = 0;
let probabilities: number[] = [];
let guitar: Float32Array | undefined;

answerWith((request: Request) => {
  switch (request.kind) {
    case 'model':
      return load(request.bytes);
    case 'sound':
      return take(request.channels, request.rate);
    case 'hear':
      return hear(request.frames);
    case 'line':
      return line();
    case 'amplify':
      return amplify(request.bytes);
  }
});

async function load(bytes: Uint8Array): Promise<void> {
  vad?.dispose();
  vad = await Vad.load(bytes, { onFrame: (probability) => probabilities.push(probability) });
  // The engine compiles what runs often a second time: it does so before anything is timed.
  vad.push(new Float32Array(WARM_UP * FRAME));
}

/** The mean of the channels at 16 kHz, as `npx hiddenstate vad` takes it. */
function take(channels: readonly Float32Array[], rate: number): Sound {
  const [first] = channels;
  const mixed = new Float32Array(first.length);
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i];
    const value = sum / channels.length;
    if (!Number.isFinite(value)) throw new Error(`sample ${i} is ${value}: a recording has finite numbers only`);
    mixed[i] = value;
  }
  samples = rate === RATE ? mixed : resample(mixed, { from: rate, to: RATE });
  at = 0;
  vad?.reset();
  return { samples: samples.length, peaks: peaksOf(samples) };
}

function hear(frames: number): Heard {
  if (!vad) throw new Error('the model is not there yet');
  probabilities = [];
  const end = Math.min(samples.length, at + frames * FRAME);
  const start = performance.now();
  vad.push(samples.subarray(at, end));
  if (end === samples.length) vad.flush();
  const took = performance.now() - start;
  at = end;
  return {
    probabilities: Float32Array.from(probabilities),
    microseconds: (1000 * took) / Math.max(1, probabilities.length),
  };
}

function peaksOf(sound: Float32Array): Float32Array {
  const peaks = new Float32Array(2 * Math.ceil(sound.length / PEAK));
  for (let i = 0; i < sound.length; i++) {
    const place = 2 * Math.floor(i / PEAK);
    peaks[place] = Math.min(peaks[place], sound[i]);
    peaks[place + 1] = Math.max(peaks[place + 1], sound[i]);
  }
  return peaks;
}

function line(): Float32Array {
  guitar ??= guitarLine();
  return guitar;
}

async function amplify(bytes: Uint8Array): Promise<Amplified> {
  const amplifier = await Amplifier.load(bytes, { sampleRate: GUITAR_RATE });
  const { format, modelRate, controlCount } = amplifier;
  if (controlCount > 0) amplifier.setControls(new Array(controlCount).fill(0.5));
  const wet = amplifier.push(line());
  amplifier.dispose();
  return { wet, crests: [crest(line()), crest(wet)], format, modelRate };
}
