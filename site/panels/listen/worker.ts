import { Amplifier, resample, Vad } from 'hiddenstate/audio';
import { crest, GUITAR_RATE, guitarLine } from './guitar.js';
import { type Amplified, FRAME, type Heard, PEAK, type Request, type Sound } from './messages.js';

const RATE = 16_000;
const WARM_UP = 100;

let vad: Vad | undefined;
let samples: Float32Array = new Float32Array();
let at = 0;
let probabilities: number[] = [];
let guitar: Float32Array | undefined;

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  try {
    const { value, transfer } = await answer(data);
    postMessage({ value }, { transfer });
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});

async function answer(request: Request): Promise<{ value: unknown; transfer: Transferable[] }> {
  switch (request.kind) {
    case 'model':
      vad?.dispose();
      vad = await Vad.load(request.bytes, { onFrame: (probability) => probabilities.push(probability) });
      // The engine compiles what runs often a second time: it does so before anything is timed.
      vad.push(new Float32Array(WARM_UP * FRAME));
      return { value: undefined, transfer: [] };
    case 'sound': {
      const sound = take(request.channels, request.rate);
      return { value: sound, transfer: [sound.peaks.buffer as ArrayBuffer] };
    }
    case 'hear': {
      const heard = hear(request.frames);
      return { value: heard, transfer: [heard.probabilities.buffer as ArrayBuffer] };
    }
    case 'line':
      return { value: line(), transfer: [] };
    case 'amplify': {
      const amplified = await amplify(request.bytes);
      return { value: amplified, transfer: [amplified.wet.buffer as ArrayBuffer] };
    }
  }
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
