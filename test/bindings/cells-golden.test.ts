import { afterAll, describe, expect, it } from 'vitest';
import { type Engine, GRUCell, LSTMCell, RNNCell, type Tensor } from '../../bindings/core.js';
import { type CellGolden, loadGoldens } from '../golden/read.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';

function cellOf(golden: CellGolden, engine: Engine): RNNCell | LSTMCell | GRUCell {
  switch (golden.kind) {
    case 'RNNCell':
      return new RNNCell({ ...golden.options, engine });
    case 'LSTMCell':
      return new LSTMCell({ ...golden.options, engine });
    case 'GRUCell':
      return new GRUCell({ ...golden.options, engine });
  }
}

const goldens = loadGoldens('cells') as CellGolden[];

describe.each(BUILDS)('cells against PyTorch, $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`cells, ${name}`);
  afterAll(() => ledger.print());

  it.each(goldens.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    using cell = cellOf(golden, engine);
    cell.loadStateDict(golden.stateDict);
    const given = golden.state && structuredClone(golden.state);
    const got: Record<string, Tensor | undefined> = { ...cell.forward(golden.input, golden.state as never) };
    expect(Object.keys(got)).toEqual(Object.keys(golden.expected));
    for (const [part, expected] of Object.entries(golden.expected) as [string, Tensor][]) {
      const tensor = got[part] as Tensor;
      expect(tensor.dims, part).toEqual(expected.dims);
      const error = relativeError(tensor.data, expected.data);
      ledger.add(golden.name, error);
      expect(error, part).toBeLessThanOrEqual(1e-6);
    }
    expect(golden.state, 'the state handed in').toEqual(given);
  });
});
