import { rangeError } from '../errors.js';
import { formatDims } from '../tensor.js';
import { sizeOf, type Who } from './dims.js';
import type { Dtype } from './dtype.js';
import { LazyTensor } from './graph.js';
import { planLoops, tightStrides } from './loops.js';
import {
  type Alias,
  type Computed,
  isComputed,
  isLate,
  type KnownOutput,
  type Output,
  type Prepared,
} from './operator.js';
import { copying } from './operators/copying.js';
import {
  assertPlanBytes,
  type Buffer,
  Home,
  joinOrigins,
  knownValue,
  MAX_BYTES,
  type PlannedValue,
  planLimit,
  tensorBytes,
} from './planned-value.js';
import { layOut } from './slab-layout.js';

/** A step still to be bound: what it computes from what. */
export interface PendingStep {
  readonly prepared: Prepared;
  readonly inputs: readonly (PlannedValue | undefined)[];
  readonly outputs: readonly PlannedValue[];
  readonly scratch?: Buffer;
}

/** The last step of what must be there when all have run. */
const END = Number.MAX_SAFE_INTEGER;

/** The steps of a plan as they come up, and the buffers between them. */
export class PlanDraft {
  readonly steps: PendingStep[] = [];
  /** Where its buffers lie. */
  readonly home: Home;
  private readonly buffers: Buffer[] = [];

  /**
   * @param who the beginning of messages about the plan as a whole
   * @param inner whether the steps are those of a graph within a step
   * @param limit bytes that all of it may take
   */
  constructor(
    readonly who: string,
    inner = false,
    private limit = MAX_BYTES,
  ) {
    this.home = new Home(inner);
  }

  /** Bytes that all of it may take. */
  get most(): number {
    return this.limit;
  }

  /**
   * A feed that is written before the first step. All feeds come before all steps.
   *
   * @param pinned whether its elements must be there when all steps have run
   */
  feed(name: string, dtype: Dtype, dims: readonly number[], pinned: boolean): PlannedValue {
    const buffer = this.buffer(tensorBytes(dtype, dims, { who: `${this.who}: feed ${name}` }), -1);
    if (pinned) buffer.last = END;
    return { dtype, dims, constant: undefined, buffer, origins: new Set([name]) };
  }

  /** A value that lies in the slab before the first step, whose elements hang on feeds as others do. */
  entry(dtype: Dtype, dims: readonly number[], origins: ReadonlySet<string>, site: Who): PlannedValue {
    const buffer = this.buffer(tensorBytes(dtype, dims, site), -1);
    buffer.last = END;
    return { dtype, dims, constant: undefined, buffer, origins };
  }

  /** Keeps a value's elements to the end. */
  keep({ buffer }: PlannedValue): void {
    if (buffer) buffer.last = END;
  }

  /**
   * Ends the feeds: what they take limits what their plan may.
   *
   * @param maxBytes that limit, where it is given
   */
  endFeeds(maxBytes?: number): void {
    let bytes = 0;
    for (const buffer of this.buffers) bytes += buffer.bytes;
    this.limit = maxBytes ?? planLimit(bytes);
  }

  /** Adds the step, where something is left to compute; returns the outputs. */
  add(prepared: Prepared, inputs: readonly (PlannedValue | undefined)[], site: Who): PlannedValue[] {
    const index = this.steps.length;
    const outputs: PlannedValue[] = new Array(prepared.outputs.length);
    let origins: ReadonlySet<string> | undefined;
    for (let i = 0; i < prepared.outputs.length; i++) {
      const output = prepared.outputs[i];
      if (isLate(output)) {
        origins ??= joinOrigins(inputs);
        outputs[i] = { dtype: output.dtype, dims: [], constant: undefined, buffer: undefined, origins };
      } else if (!isComputed(output)) outputs[i] = seenAs(output, inputs, site);
      else {
        const { dtype, dims, sameAs } = output;
        const bytes = tensorBytes(dtype, dims, site);
        origins ??= joinOrigins(inputs);
        const buffer = sameAs === undefined ? this.buffer(bytes, index) : undefined;
        outputs[i] = { dtype, dims, constant: undefined, buffer, origins };
      }
    }
    if (!origins) return outputs;
    for (let i = 0; i < outputs.length; i++) {
      const { sameAs } = prepared.outputs[i] as Computed;
      if (sameAs !== undefined) outputs[i] = { ...outputs[i], buffer: outputs[sameAs].buffer };
    }
    for (const input of inputs) {
      // What lies in another slab was kept to its end when that was laid out.
      if (input?.buffer?.home === this.home) input.buffer.last = Math.max(input.buffer.last, index);
    }
    const scratch = prepared.scratch ? this.buffer(prepared.scratch * 4, index) : undefined;
    this.steps.push({ prepared, inputs, outputs, scratch });
    return outputs;
  }

  /** A value that stays where it is while feeds are written: one that is a feed, or known, is copied. */
  ownCopy(value: PlannedValue): PlannedValue {
    const { dtype, dims, buffer } = value;
    if (buffer && buffer.first >= 0 && buffer.home === this.home) return value;
    const strides = tightStrides(dims);
    const loops = planLoops(this, dims, [strides, strides]);
    return this.add(copying([{ dtype, dims }], [{ input: 0, output: 0, loops }]), [value], this)[0];
  }

  /**
   * Lays the buffers out.
   *
   * @param outputs what must be there when all steps have run
   * @param states see `outline`
   * @returns bytes of the slab
   */
  layOut(
    feeds: ReadonlyMap<string, PlannedValue>,
    outputs: readonly PlannedValue[],
    states: ReadonlyMap<string, number>,
  ): number {
    for (const output of outputs) this.keep(output);
    for (const [name, i] of states) this.advanceInPlace(feeds.get(name)?.buffer, outputs[i].buffer);
    return assertPlanBytes(layOut(this.buffers), this.limit, this.who);
  }

  /** Lets a next state be written over the state, if the step that writes it may, and is the last to read the state. */
  private advanceInPlace(state: Buffer | undefined, next: Buffer | undefined): void {
    if (!state || !next || next.over || next.bytes !== state.bytes || next.first < 0) return;
    const { prepared, inputs, outputs } = this.steps[next.first];
    const from = prepared.inPlace?.find((_, i) => outputs[i]?.buffer === next && !isTwin(prepared.outputs[i]));
    if (from === undefined || inputs[from]?.buffer !== state) return;
    if (inputs.some((input, i) => i !== from && input?.buffer === state)) return;
    if (this.steps.slice(next.first + 1).some((step) => step.inputs.some((input) => input?.buffer === state))) return;
    if (this.buffers.some(({ over }) => over === state)) return;
    next.over = state;
  }

  private buffer(bytes: number, first: number): Buffer {
    assertPlanBytes(bytes, this.limit, this.who);
    const buffer = { home: this.home, bytes, first, last: first, offset: 0 };
    this.buffers.push(buffer);
    return buffer;
  }
}

function isTwin(output: Output): boolean {
  return isComputed(output) && output.sameAs !== undefined;
}

/** An output that no step computes: known, or an input seen in another way. */
function seenAs(output: Alias | KnownOutput, inputs: readonly (PlannedValue | undefined)[], site: Who): PlannedValue {
  if ('constant' in output) return knownValue(output.constant);
  const input = inputs[output.alias] as PlannedValue;
  const { dims, dtype = input.dtype } = output;
  if (sizeOf(dims) !== sizeOf(input.dims)) {
    throw rangeError(
      `${site.who}: got dims ${formatDims(input.dims)}, expected as many elements as ${formatDims(dims)}`,
    );
  }
  const known = input.constant;
  const constant = known && new LazyTensor(dtype, dims, () => known.data, known.pieces);
  return { dtype, dims, constant, buffer: input.buffer, origins: input.origins };
}
