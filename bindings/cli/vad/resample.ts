/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const CROSSINGS = 48;
/** Of the Kaiser window: side lobes about 100 dB down. */
const BETA = 10;
/** The band that is kept, as a part of what the lower rate can hold. */
const ROLLOFF = 0.94;
/** Table entries between two zero crossings; between entries the kernel is interpolated linearly. */
const FINENESS = 512;

/**
 * Changes the rate of a recording with a windowed sinc (J. O. Smith, Digital Audio Resampling): any ratio, no delay.
 *
 * @param samples one channel
 * @param from rate of `samples`, in Hz
 * @param to rate wanted, in Hz
 * @returns ⌈samples.length · to / from⌉ samples; `samples` itself where the rates are equal
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const table = kernelTable();
  const scale = Math.min(1, to / from) * ROLLOFF;
  const reach = CROSSINGS / scale;
  const out = new Float32Array(Math.ceil((samples.length * to) / from));
  for (let n = 0; n < out.length; n++) {
    const centre = (n * from) / to;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let k = first; k <= last; k++) {
      const place = Math.abs(centre - k) * scale * FINENESS;
      const entry = Math.trunc(place);
      sum += samples[k] * (table[entry] + (place - entry) * (table[entry + 1] - table[entry]));
    }
    out[n] = scale * sum;
  }
  return out;
}

/** One half of sinc(x) · Kaiser(x / CROSSINGS), from the middle outwards. */
function kernelTable(): Float64Array {
  const half = CROSSINGS * FINENESS;
  const table = new Float64Array(half + 2);
  for (let i = 0; i < half; i++) {
    const x = (Math.PI * i) / FINENESS;
    table[i] = (i === 0 ? 1 : Math.sin(x) / x) * (bessel(BETA * Math.sqrt(1 - (i / half) ** 2)) / bessel(BETA));
  }
  return table;
}

/** The modified Bessel function I₀, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
