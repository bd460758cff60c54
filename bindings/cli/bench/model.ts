import type { OpenedModel } from '../../formats/files/index.js';
import type { Engine } from '../../index.js';
import { interleave, type Timing } from '../../measure/index.js';
import { type ModelFile, openModelFile } from '../model-file.js';
import { runWhole, wayOf } from '../run/whole-run.js';
import { formatCount, formatNumber } from '../terminal/format.js';
import { type Column, tableLines } from '../terminal/table.js';

/** Steps of a run of a model that takes no steps. */
const STEPS = 100;
const SECONDS = 2;

/** What a build reached with one model. */
export interface ModelResult {
  readonly build: string;
  /** Median of one call. */
  readonly microseconds: number;
  /** Steps of a call. */
  readonly steps: number;
}

/**
 * Times a model on each build: one step a call, or a run of `STEPS` rows where it takes no steps.
 *
 * @param engines by the name of their build
 * @throws {CliError} if it does not run
 */
export async function measureModel(
  file: ModelFile,
  layers: readonly string[] | undefined,
  engines: ReadonlyMap<string, Engine>,
): Promise<ModelResult[]> {
  const models: OpenedModel[] = [];
  try {
    const calls: { name: string; run: () => void; steps: number }[] = [];
    for (const [build, engine] of engines) {
      const model = await openModelFile(file, layers, engine);
      models.push(model);
      calls.push({ name: build, ...callOf(model, file) });
    }
    const timings: readonly Timing[] = interleave(calls, { minSeconds: SECONDS });
    return timings.map(({ name, medianMicroseconds }, i) => ({
      build: name,
      microseconds: medianMicroseconds,
      steps: calls[i].steps,
    }));
  } finally {
    for (const model of models) model.dispose();
  }
}

function callOf(model: OpenedModel, { path, format }: ModelFile): { run: () => void; steps: number } {
  const way = wayOf(model, format, path);
  if ('whole' in way) {
    const rows = numbers(STEPS * (way.whole.columns ?? 1), model);
    return { run: () => void runWhole(model, way.whole, rows, STEPS), steps: STEPS };
  }
  const { stream } = way;
  const x = numbers(stream.inputSize, model);
  const out = new Float32Array(stream.outputSize);
  return { run: () => void stream.step(x, out), steps: 1 };
}

/** Numbers that differ; for indices, the least there are. */
function numbers(size: number, { inputs }: OpenedModel): Float32Array {
  const isIds = inputs.some(({ dtype }) => dtype === 'int32' || dtype === 'int64');
  return Float32Array.from({ length: size }, (_, i) => (isIds ? i % 2 : Math.sin(i * 12.9898)));
}

/** The table of a model's figures. */
export function modelLines(results: readonly ModelResult[]): string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  const what = results[0].steps === 1 ? 'a step' : `a run of ${results[0].steps} rows`;
  return tableLines(
    [{ title: 'build', align: 'left' }, right(`µs ${what}`), right('steps/s')],
    results.map(({ build, microseconds, steps }) => [
      build,
      formatNumber(microseconds),
      formatCount(Math.round((steps * 1e6) / microseconds)),
    ]),
  );
}
