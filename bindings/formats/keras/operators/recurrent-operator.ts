import { rangeError } from '../../../errors.js';
import { type Activation, activationName, UNUSUAL_CELLS } from '../../../graph/general-cells.js';
import type { CellDescription, Known, Operator, Place, Site, Step } from '../../../graph/index.js';
import {
  CellMemory,
  GeneralCell,
  GeneralLayout,
  NO_STATE,
  type SequenceCall,
  type StateRows,
  StepMask,
} from '../../../graph/index.js';
import { formatDims } from '../../../tensor.js';

/** Inputs by place: the sequence, weights as `layers/cells.ts` makes them, the mask, initial states. */
const X = 0;
const W = 1;
const R = 2;
const B = 3;
const MASK = 4;
const H = 5;
const C = 6;

/**
 * One cell in one direction over [B, T, I]: all its outputs [B, T, H] or the last [B, H], then its final states.
 *
 * Source: keras/src/layers/rnn/rnn.py and the function rnn of Keras' backends. A masked step leaves the state as it is.
 */
export const recurrent: Operator = (site) => {
  const cell = describe(site);
  const [batch, steps] = site.input(X).dims;
  const sequences = site.attributes.int('sequences') !== 0;
  const state = [batch, cell.hiddenSize];
  const dims = sequences ? [batch, steps, cell.hiddenSize] : state;
  const layout = new GeneralLayout(cell, UNUSUAL_CELLS);
  return {
    outputs: [dims, state, ...(cell.kind === 'LSTM' ? [state] : [[0]])].map((each) => ({
      dtype: 'float32',
      dims: each,
    })),
    scratch: layout.workspaceSize(steps, batch),
    bind: (place) => bind(site, place, layout, sequences),
  };
};

function bind(site: Site, place: Place, layout: GeneralLayout, sequences: boolean): Step {
  const { memory, scratch } = place;
  const runner = new GeneralCell(new CellMemory(place), layout, packedWeights(site, place, layout));
  const [batch, steps] = site.input(X).dims;
  const mask = site.inputs[MASK] ? new StepMask(steps, batch) : undefined;
  const maskAt = mask ? place.input(MASK) / 4 : 0;
  const call = callOf(site, place, layout, sequences);
  return () => {
    mask?.setBatchFirst(memory.f32, maskAt);
    runner.run(call, mask, scratch);
  };
}

function packedWeights(site: Site, place: Place, layout: GeneralLayout): number {
  const [w, r, b] = [W, R, B].map((i) => (site.inputs[i] ? site.constant(i) : undefined));
  const form = `keras ${site.attributes.string('kind')} ${site.attributes.int('reset_after')}`;
  return place.packed([w, r, b], form, layout.weightsSize, (f32, address, [weightIh, weightHh, biasIh]) => {
    const host = { f32: f32 as Float32Array<ArrayBuffer>, kernels: place.kernels };
    const cell = new GeneralCell(host, layout, address);
    const half = (b?.data.length ?? 0) / 2;
    const biasHh = biasIh && biasIh + half * 4;
    cell.load({ weightIh, weightHh, biasIh, biasHh }, place.graphKernels.copyBlock);
  });
}

function callOf(
  site: Site,
  place: Place,
  { cell: { hiddenSize }, hasCellState }: GeneralLayout,
  sequences: boolean,
): SequenceCall {
  const { attributes } = site;
  const [batch, steps, width] = site.input(X).dims;
  const initial = (i: number): StateRows =>
    site.inputs[i] ? { address: place.input(i), stride: hiddenSize } : NO_STATE;
  const final = (i: number): StateRows => ({ address: place.output(i), stride: hiddenSize });
  return {
    steps,
    batch,
    x: { address: place.input(X), stepStride: width, batchStride: steps * width },
    y: {
      address: place.output(0),
      stepStride: sequences ? hiddenSize : 0,
      batchStride: sequences ? steps * hiddenSize : hiddenSize,
    },
    h: initial(H),
    c: initial(C),
    lastH: final(1),
    lastC: hasCellState ? final(2) : NO_STATE,
    reverse: attributes.int('backwards') !== 0,
    inOrderTaken: attributes.int('in_order_taken') !== 0,
    zeroMasked: attributes.int('zero_masked') !== 0,
    continues: attributes.int('continues') !== 0,
  };
}

function describe(site: Site): CellDescription {
  const { attributes, who } = site;
  const x = site.input(X).dims;
  const w = site.input(W).dims;
  const [, hiddenSize] = site.input(R).dims;
  if (x.length !== 3 || x[2] !== w[1] || x[1] < 1) {
    throw rangeError(`${who}: got an input of dims ${formatDims(x)}, expected [B, T, ${w[1]}] with T at least 1`);
  }
  expectInput(site, MASK, [x[0], x[1]], 'mask');
  expectInput(site, H, [x[0], hiddenSize], 'initial state');
  expectInput(site, C, [x[0], hiddenSize], 'initial state');
  const functionOf = (name: 'gate' | 'candidate'): Activation => ({
    name: activationName(attributes.string(name), who),
    alpha: attributes.has(`${name}_alpha`) ? attributes.float(`${name}_alpha`) : undefined,
    beta: attributes.has(`${name}_beta`) ? attributes.float(`${name}_beta`) : undefined,
  });
  const candidate = functionOf('candidate');
  return {
    kind: attributes.string('kind') as CellDescription['kind'],
    inputSize: w[1],
    hiddenSize,
    bias: site.inputs[B] !== undefined,
    functions: { gate: functionOf('gate'), candidate, output: candidate },
    resetAfter: attributes.int('reset_after') !== 0,
    coupled: false,
  };
}

function expectInput(site: Site, i: number, dims: readonly number[], name: string): void {
  const input: Known | undefined = site.inputs[i];
  if (!input || (input.dims.length === dims.length && dims.every((dim, d) => dim === input.dims[d]))) return;
  throw rangeError(`${site.who}: ${name}: got dims ${formatDims(input.dims)}, expected ${formatDims(dims)}`);
}
