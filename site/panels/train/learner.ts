import { Embedding, GRU, Linear, LSTM, loadModel, RNN, Sequential, sampler } from 'hiddenstate';
import { Adam, type Batches, crossEntropy, fit, lanes, mse, windows } from 'hiddenstate/train';
import type { Cell, Continued, Lesson, Report } from './messages.js';

export const LAYERS = { RNN, LSTM, GRU } as const;

/** The greatest number of passes over the data, and how many without a better held-out loss end the training. */
const PASSES = { text: { epochs: 60, patience: 6 }, series: { epochs: 200, patience: 20 } } as const;
const LEARNING_RATE = 0.005;
const CLIP = 1;
const HELD_OUT = 0.1;
const TEXT_STEPS = 50;
const SERIES_STEPS = 32;
const BATCH = 16;
const EMBEDDING = 24;
/** Milliseconds between two reports, and between two samples. */
const REPORT_MS = 120;
const SAMPLE_MS = 1200;
/** A checkpoint is written when the training is stopped, and only then. */
const NEVER = 2 ** 31 - 1;
const SAMPLE_CHARACTERS = 240;
const CONTINUED_BEFORE = 60;

/** What a lesson comes to: a model, what it learns from, what it is judged by. */
interface Work {
  readonly model: Sequential;
  readonly known: Batches;
  readonly held: Batches;
  readonly loss: ReturnType<typeof mse>;
  /** What turns the loss into the unit that is shown. */
  readonly scale: number;
  readonly alphabet: number;
  sample(step: number): Report;
}

/** Trains until it is aborted, has learnt, or grows worse. */
export async function learn(
  lesson: Lesson,
  { resume, weights, signal }: { resume?: Uint8Array; weights?: Uint8Array; signal: AbortSignal },
  tell: (report: Report) => void,
  keep: (model: Sequential) => void,
): Promise<void> {
  const work =
    lesson.data.kind === 'text'
      ? textWork(lesson, lesson.data.text, weights)
      : seriesWork(lesson, lesson.data.values, weights);
  const { model, known, held, loss, scale, alphabet } = work;
  const { epochs, patience } = PASSES[lesson.data.kind];
  keep(model);
  const parameters = Object.values(model.stateDict()).reduce((sum, { data }) => sum + data.length, 0);
  tell({ kind: 'begun', parameters, stepsAnEpoch: known.count, alphabet });
  let checkpoint: Uint8Array = new Uint8Array();
  let steps: { step: number; loss: number; norm: number }[] = [];
  let [reported, sampled] = [performance.now(), Number.NEGATIVE_INFINITY];
  let [sum, last] = [0, Number.NaN];
  const start = performance.now();
  let first: number | undefined;
  try {
    const result = await fit(model, known, {
      loss,
      epochs,
      optimizer: (each) => new Adam(each, { learningRate: LEARNING_RATE }),
      clipNorm: CLIP,
      validation: held,
      patience,
      signal,
      ...(resume && { resume }),
      checkpoint: {
        every: NEVER,
        save(bytes) {
          checkpoint = bytes;
        },
      },
      onProgress({ epoch, batch, loss: mean, gradientNorm }) {
        // The mean of the epoch so far, taken apart again; not where the steps before were those of another call.
        const step = epoch * known.count + batch;
        const own = batch === 1 ? mean : mean * batch - sum;
        if (batch === 1 || step === last + 1) steps.push({ step, loss: own * scale, norm: gradientNorm });
        sum = mean * batch;
        last = step;
        first ??= step;
        const now = performance.now();
        if (now - reported < REPORT_MS) return;
        reported = now;
        tell({ kind: 'steps', steps, perSecond: ((step - first + 1) / (now - start)) * 1000 });
        steps = [];
        if (now - sampled < SAMPLE_MS) return;
        sampled = now;
        tell(work.sample(step));
      },
      onEpoch({ epoch, validationLoss = 0 }) {
        tell({ kind: 'epoch', epoch, step: (epoch + 1) * known.count, held: validationLoss * scale });
      },
    });
    if (steps.length > 0) tell({ kind: 'steps', steps, perSecond: 0 });
    tell(work.sample(result.steps));
    tell({ kind: 'done', early: result.stoppedEarly, model: model.save() });
  } catch (error) {
    if (!signal.aborted) throw error;
    if (steps.length > 0) tell({ kind: 'steps', steps, perSecond: 0 });
    tell({ kind: 'stopped', checkpoint, model: model.save() });
  }
}

function layerOf(cell: Cell, inputSize: number, hiddenSize: number, seed: number) {
  return new LAYERS[cell]({ inputSize, hiddenSize, seed });
}

/** Characters are numbered by their code points; a model that was loaded keeps its own alphabet. */
function textWork({ cell, units, seed }: Lesson, text: string, weights: Uint8Array | undefined): Work {
  const characters = [...text];
  const loaded = weights && loadModel(weights);
  if (loaded && !(loaded instanceof Sequential))
    throw new Error('The file holds one layer, and a Sequential was expected.');
  const alphabet: string[] = loaded ? JSON.parse(loaded.metadata.vocabulary ?? '[]') : [...new Set(characters)].sort();
  const numbers = new Map(alphabet.map((character, i) => [character, i]));
  const foreign = characters.find((character) => !numbers.has(character));
  if (foreign !== undefined) {
    throw new Error(
      `The text has “${foreign}”, which the alphabet of the loaded model lacks (${alphabet.length} characters). Choose the text that it was trained on, or begin anew.`,
    );
  }
  const ids = Float32Array.from(characters, (character) => numbers.get(character) as number);
  const end = Math.round(ids.length * (1 - HELD_OUT));
  const model =
    loaded ??
    new Sequential(
      [
        new Embedding({ numEmbeddings: alphabet.length, embeddingDim: EMBEDDING, seed }),
        layerOf(cell, EMBEDDING, units, seed + 1),
        new Linear({ inFeatures: units, outFeatures: alphabet.length, seed: seed + 2 }),
      ],
      { metadata: { vocabulary: JSON.stringify(alphabet), task: 'text', cell, units: String(units) } },
    );
  const shaped = (part: Float32Array) => {
    const steps = Math.min(TEXT_STEPS, Math.floor((part.length - 1) / 2));
    return lanes(part, { steps, batch: Math.max(1, Math.min(BATCH, Math.floor((part.length - 1) / steps))) });
  };
  return {
    model,
    known: shaped(ids.subarray(0, end)),
    held: shaped(ids.subarray(end)),
    loss: crossEntropy(),
    scale: 1 / Math.LN2,
    alphabet: alphabet.length,
    sample: (step) => ({
      kind: 'text',
      step,
      text: written(
        model,
        alphabet,
        characters.slice(0, 12).map((c) => numbers.get(c) as number),
      ),
    }),
  };
}

/** What the model writes after the first characters of the text. */
function written(model: Sequential, alphabet: readonly string[], prompt: readonly number[]): string {
  const stream = model.stream();
  const next = sampler({ temperature: 0.7, seed: 1 });
  let text = prompt.map((id) => alphabet[id]).join('');
  let logits = new Float32Array();
  for (const id of prompt) logits = stream.step(Float32Array.of(id)) as Float32Array<ArrayBuffer>;
  for (let i = 0; i < SAMPLE_CHARACTERS; i++) {
    const id = next(logits);
    text += alphabet[id];
    logits = stream.step(Float32Array.of(id)) as Float32Array<ArrayBuffer>;
  }
  stream.dispose();
  return text;
}

/** Values less their mean, in deviations; both are of what is known, and go into the file. */
function seriesWork({ cell, units, seed }: Lesson, values: Float32Array, weights: Uint8Array | undefined): Work {
  const end = Math.round(values.length * (1 - HELD_OUT));
  const known = values.subarray(0, end);
  const mean = known.reduce((sum, value) => sum + value, 0) / end;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / end) || 1;
  const scaled = values.map((value) => (value - mean) / deviation);
  const loaded = weights && loadModel(weights);
  if (loaded && !(loaded instanceof Sequential && loaded.inputSize === 1))
    throw new Error('The file holds a model of another kind, and one of a series was expected.');
  const model =
    (loaded as Sequential | undefined) ??
    new Sequential(
      [layerOf(cell, 1, units, seed + 1), new Linear({ inFeatures: units, outFeatures: 1, seed: seed + 2 })],
      { metadata: { task: 'series', cell, units: String(units), mean: String(mean), deviation: String(deviation) } },
    );
  const series = (part: Float32Array) => ({ data: part, dims: [part.length, 1] });
  // Held-out windows begin in what is known, so that each has something to go by.
  const lead = Math.min(SERIES_STEPS, Math.floor(end / 3));
  const steps = Math.min(lead, values.length - end + lead - 1);
  return {
    model,
    known: windows(series(scaled.subarray(0, end)), {
      steps,
      batch: BATCH,
      stride: Math.max(1, steps >> 2),
      shuffle: seed,
    }),
    held: windows(series(scaled.subarray(end - lead)), { steps, batch: BATCH, stride: Math.max(1, steps >> 2) }),
    loss: mse(),
    scale: 1,
    alphabet: 0,
    sample: (step) => ({
      kind: 'continued',
      step,
      continued: continued(model, scaled, end, (value) => value * deviation + mean),
    }),
  };
}

/** The model hears what is known, then only itself. */
function continued(model: Sequential, scaled: Float32Array, end: number, back: (value: number) => number): Continued {
  const stream = model.stream();
  let last = 0;
  for (let t = 0; t < end; t++) last = stream.step(scaled.subarray(t, t + 1))[0];
  const guess = new Float32Array(scaled.length - end);
  for (let i = 0; i < guess.length; i++) {
    guess[i] = back(last);
    last = stream.step(Float32Array.of(last))[0];
  }
  stream.dispose();
  return {
    before: scaled.slice(Math.max(0, end - CONTINUED_BEFORE), end).map(back),
    guess,
    came: scaled.slice(end).map(back),
  };
}
