import type { Sequential } from '../../index.js';
import { interleave, medianRatio, type Timing } from '../../measure/index.js';
import { CliError } from '../cli-error.js';
import { type PlainStep, plainModel } from './plain-model.js';

/** Microseconds of one step of the model and of one draw, in the library and in plain JavaScript. */
export interface Comparison {
  readonly step: number;
  readonly plainStep: number;
  readonly draw: number;
  /** How many times slower plain JavaScript is: a step alone, and a step with the draw. */
  readonly stepRatio: number;
  readonly loopRatio: number;
}

/** The greatest difference of two logits that counts as equal, relative to the greatest logit above 1. */
const TOLERANCE = 1e-4;
/** Both sides are checked on so many characters. */
const CHECKED = 32;
/** How long is measured, all together. */
const SECONDS = 1;

/**
 * Measures a model against the same loop in plain JavaScript: same weights, same inputs, interleaved.
 *
 * @param inputs what the model is fed, one array a step; at least one
 * @param draw what is done with the logits of each step
 * @returns the times, or what plain JavaScript lacks
 * @throws {CliError} if the two do not give equal logits
 */
export function compareWithPlain(
  model: Sequential,
  inputs: readonly Float32Array[],
  draw: (logits: Float32Array) => number,
): Comparison | { readonly lacks: string } {
  const plain = plainModel(model);
  if ('lacks' in plain) return plain;
  const stream = model.stream();
  const logits = new Float32Array(model.outputSize);
  const step: PlainStep = (x) => stream.step(x, logits);
  for (const x of inputs.slice(0, CHECKED)) checkEqual(step(x), plain.step(x));

  const drawn = new Float32Array(logits.length);
  const drawAgain = () => {
    drawn.set(logits);
    draw(drawn);
  };
  const [library, javaScript, drawing] = interleave(
    [
      { name: 'hiddenstate', run: cycle(inputs, step) },
      { name: 'plain JS', run: cycle(inputs, plain.step) },
      { name: 'draw', run: drawAgain },
    ],
    { minSeconds: SECONDS },
  );
  stream.dispose();
  return {
    step: library.medianMicroseconds,
    plainStep: javaScript.medianMicroseconds,
    draw: drawing.medianMicroseconds,
    stepRatio: medianRatio(javaScript, library),
    loopRatio: medianRatio(withDraw(javaScript, drawing), withDraw(library, drawing)),
  };
}

/** A step and a draw of the same round. */
function withDraw(step: Timing, drawing: Timing): Timing {
  return { ...step, samples: step.samples.map((sample, round) => sample + drawing.samples[round]) };
}

function cycle(inputs: readonly Float32Array[], step: PlainStep): () => void {
  let at = 0;
  return () => {
    step(inputs[at]);
    at = at + 1 < inputs.length ? at + 1 : 0;
  };
}

function checkEqual(got: Float32Array, expected: Float32Array): void {
  const scale = expected.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 1);
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    if (difference <= TOLERANCE * scale) continue;
    throw new CliError(
      `the model and plain JavaScript disagree: logits ${got[i]} and ${expected[i]}, expected them equal to ${TOLERANCE}; please report this`,
      1,
    );
  }
}
