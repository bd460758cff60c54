import { say, sizeText } from '../shared/parts.js';
import type { Recording } from './decode.js';

const PRIVATE = 'Sound stays in this tab';
const MODEL = 'Silero VAD v6, MIT';

/** The recording that the site brings. */
export const SAMPLE = 'The sample';

/** Says that a recording was heard. */
export function sayHeard(
  status: HTMLElement,
  { name, buffer }: Recording,
  { seconds, milliseconds, modelBytes }: { seconds: number; milliseconds: number; modelBytes: number },
): void {
  say(
    status,
    'good',
    `Heard in ${Math.round(milliseconds)} ms`,
    `${name === SAMPLE ? 'A synthetic voice' : name}, ${seconds.toFixed(1)} s, ${buffer.sampleRate / 1000} kHz`,
    `${MODEL}, ${sizeText(modelBytes)}`,
    PRIVATE,
  );
}

/** Says that the microphone was chosen and nothing is heard yet. */
export function sayResting(status: HTMLElement, modelBytes: number): void {
  say(status, 'off', 'Not listening', `${MODEL}, ${sizeText(modelBytes)}`, PRIVATE);
}

export function sayListening(status: HTMLElement, rate: number): void {
  say(status, '', 'Listening', `${rate / 1000} kHz, in the audio thread`, MODEL, PRIVATE);
}

export function sayStopped(status: HTMLElement, seconds: number): void {
  say(status, 'off', 'Stopped', `${seconds.toFixed(1)} s heard`, PRIVATE);
}
