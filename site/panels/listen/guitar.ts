/** The line that the amplifier plays, synthesised after Karplus and Strong: nobody's recording. */

export const GUITAR_RATE = 48_000;
/** Seconds of an eighth. */
const EIGHTH = 0.21;

/** [eighth it begins on, eighths it rings, semitones above the low E, volume]: a riff in E, the last chord left to ring. */
const NOTES: readonly (readonly [number, number, number, number])[] = [
  [0, 2, 0, 0.6],
  [0, 2, 7, 0.5],
  [2, 1, 12, 0.45],
  [3, 1, 15, 0.45],
  [4, 2, 17, 0.5],
  [6, 1, 15, 0.4],
  [7, 1, 12, 0.4],
  [8, 2, 3, 0.6],
  [8, 2, 10, 0.5],
  [10, 1, 12, 0.25],
  [11, 1, 15, 0.25],
  [12, 3, 19, 0.5],
  [15, 1, 17, 0.3],
  [16, 2, 5, 0.6],
  [16, 2, 12, 0.5],
  [18, 2, 22, 0.4],
  [20, 2, 19, 0.35],
  [22, 8, 0, 0.6],
  [22, 8, 7, 0.5],
  [22, 8, 12, 0.4],
];
const EIGHTHS = 30;
const LOW_E = 82.407;
const SEMITONE = 1.0594630943592953;

/** Six seconds of guitar at 48 kHz, the same in every browser. */
export function guitarLine(): Float32Array<ArrayBuffer> {
  const eighth = Math.round(EIGHTH * GUITAR_RATE);
  const line = new Float32Array(EIGHTHS * eighth);
  for (const [begin, length, semitones, volume] of NOTES) {
    let hertz = LOW_E;
    for (let i = 0; i < semitones; i++) hertz *= SEMITONE;
    const string = pluck(hertz, length * eighth, 7 * begin + semitones);
    for (let i = 0; i < string.length && begin * eighth + i < line.length; i++)
      line[begin * eighth + i] += volume * string[i];
  }
  let greatest = 0;
  for (const sample of line) greatest = Math.max(greatest, Math.abs(sample));
  return line.map((sample) => (0.7 * sample) / greatest);
}

/** A burst of noise in a delay line that loses its treble each time round; the finger lies on it at the end. */
function pluck(hertz: number, length: number, seed: number): Float32Array {
  const period = GUITAR_RATE / hertz - 0.5;
  const whole = Math.floor(period);
  const share = period - whole;
  const sound = new Float32Array(length);
  let random = seed + 1;
  let soft = 0;
  for (let i = 0; i < length; i++) {
    let value = 0;
    if (i < whole) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      soft += 0.4 * (random / 2 ** 31 - 1 - soft);
      value = soft;
    }
    const back = (samples: number) => sound[i - whole - samples] ?? 0;
    value += 0.996 * (((1 - share) * (back(0) + back(1))) / 2 + (share * (back(1) + back(2))) / 2);
    sound[i] = value;
  }
  const release = Math.min(length, Math.round(0.01 * GUITAR_RATE));
  for (let i = 0; i < release; i++) sound[length - 1 - i] *= i / release;
  return sound;
}

/** How far the peak stands above the root mean square, in decibels. */
export function crest(sound: Float32Array): number {
  let peak = 0;
  let sum = 0;
  for (const sample of sound) {
    peak = Math.max(peak, Math.abs(sample));
    sum += sample * sample;
  }
  return 20 * Math.log10(peak / Math.sqrt(sum / sound.length));
}
