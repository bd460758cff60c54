import type { Engine } from '../../bindings/core.js';
import { type GraphModel, loadOnnx } from '../../bindings/formats/onnx/index.js';
import type { CaseRun, OnnxCase } from './archive.js';
import { tensorError } from './compare-tensors.js';

/** The feeds of a run. */
export function feedsOf({ inputs }: CaseRun): Parameters<GraphModel['run']>[0] {
  return Object.fromEntries(inputs.map(({ name, data, dims }) => [name, { data, dims }]));
}

/**
 * Loads a case's model, runs all its runs and disposes it.
 *
 * @returns the greatest error; whatever is wrong besides numbers throws
 */
export async function caseError({ model: bytes, runs }: OnnxCase, engine: Engine): Promise<number> {
  if (runs.length === 0 || runs.some(({ outputs }) => outputs.length === 0)) {
    throw new Error('got a case without runs or outputs, expected something to compare');
  }
  const model = await loadOnnx(bytes, { engine });
  try {
    const errors = runs.map((run) => {
      const results = model.run(feedsOf(run));
      return Math.max(...run.outputs.map((expected) => tensorError(results[expected.name], expected)));
    });
    return Math.max(...errors);
  } finally {
    model.dispose();
  }
}
