import { afterAll, describe, expect, it } from 'vitest';
import { type Engine, GRU, LSTM, RNN, type Tensor } from '../../bindings/core.js';
import { type GRUGolden, type LSTMGolden, loadGoldens, type RNNGolden } from '../golden/read.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';

type Golden = RNNGolden | LSTMGolden | GRUGolden;

function layerOf(golden: Golden, engine: Engine): RNN | LSTM | GRU {
  const { stateDict } = golden;
  if (golden.kind === 'LSTM') {
    const layer = new LSTM({ ...golden.options, engine });
    layer.loadStateDict(stateDict);
    return layer;
  }
  if (golden.kind === 'GRU') {
    const layer = new GRU({ ...golden.options, engine });
    layer.loadStateDict(stateDict);
    return layer;
  }
  const layer = new RNN({ ...golden.options, engine });
  layer.loadStateDict(stateDict);
  return layer;
}

const goldens: Golden[] = [...loadGoldens('rnn'), ...loadGoldens('lstm'), ...loadGoldens('gru')];

describe.each(BUILDS)('layers against PyTorch and ONNX, $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`layers, ${name}`);
  afterAll(() => ledger.print());

  it.each(goldens.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    using layer = layerOf(golden, engine);
    const { output, state } = layer.run(golden.input, { state: golden.state, lengths: golden.lengths });
    const got: Record<string, Tensor | undefined> = { output, ...state };
    for (const [part, expected] of Object.entries(golden.expected) as [string, Tensor][]) {
      const tensor = got[part] as Tensor;
      expect(tensor.dims, part).toEqual(expected.dims);
      const error = relativeError(tensor.data, expected.data);
      ledger.add(golden.name, error);
      expect(error, part).toBeLessThanOrEqual(5e-6);
    }
  });
});
