import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxis } from '../dims.js';
import type { Walker } from '../frame.js';
import { type Node, nodeLabel } from '../graph.js';
import { isTensorValue, type Planned, PlannedList, PlannedNothing, type PlannedValue } from '../planned-value.js';
import { NodeSite } from '../site.js';
import { apply, integers, join, scalar, stack } from './tensor-steps.js';

/** What a node of sequences or optionals has before it. */
class ListSite {
  readonly site: NodeSite;

  constructor(
    readonly walk: Walker,
    readonly node: Node,
    readonly inputs: readonly (Planned | undefined)[],
    opset: number,
  ) {
    this.site = new NodeSite(
      node,
      inputs.map((input) => (isTensorValue(input) ? input : undefined)),
      opset,
    );
  }

  get who(): string {
    return nodeLabel(this.node);
  }

  /** @throws {TypeError} if an input is no sequence */
  list(i: number): readonly PlannedValue[] {
    const input = this.inputs[i];
    if (input instanceof PlannedList) return input.items;
    throw typeError(`${this.who}: input ${i}: got no sequence, expected one`);
  }

  /** @throws {TypeError} if an input is no tensor */
  tensor(i: number): PlannedValue {
    const input = this.inputs[i];
    if (isTensorValue(input)) return input;
    throw typeError(`${this.who}: input ${i}: got no tensor, expected one`);
  }

  /**
   * A place in a sequence, counted from the beginning.
   *
   * @param count how many elements there are
   * @param last the last place that counts as one; behind the last element where something is put in
   * @throws {RangeError} if it has no such place
   */
  place(i: number, count: number, fallback: number, last = count - 1): number {
    if (!this.inputs[i]) return fallback;
    const { data, dims } = this.site.constant(i);
    const [place] = data;
    if (data.length === 1 && Number.isInteger(place) && place >= -count && place <= last) {
      return place < 0 ? place + count : place;
    }
    throw rangeError(
      `${this.who}: got place ${data.length === 1 ? place : formatDims(dims)} of a sequence, expected one from ${-count} to ${last}`,
    );
  }
}

type ListOperator = (site: ListSite) => readonly Planned[];

const sequenceAt: ListOperator = (site) => {
  const items = site.list(0);
  if (items.length === 0) throw rangeError(`${site.who}: got an empty sequence, expected one with elements`);
  return [items[site.place(1, items.length, 0)]];
};

const sequenceInsert: ListOperator = (site) => {
  const items = [...site.list(0)];
  const added = site.tensor(1);
  items.splice(site.place(2, items.length, items.length, items.length), 0, added);
  return [new PlannedList(items)];
};

const sequenceErase: ListOperator = (site) => {
  const items = [...site.list(0)];
  if (items.length === 0) throw rangeError(`${site.who}: got an empty sequence, expected one with elements`);
  items.splice(site.place(1, items.length, items.length - 1), 1);
  return [new PlannedList(items)];
};

const concatFromSequence: ListOperator = (site) => {
  const items = site.list(0);
  const axis = site.site.attributes.int('axis');
  if (items.length === 0) throw rangeError(`${site.who}: got an empty sequence, expected one with elements`);
  const isNew = site.site.attributes.int('new_axis', 0) !== 0;
  return [isNew ? stack(site.walk, items, axis) : join(site.walk, items, axis)];
};

const splitToSequence: ListOperator = (site) => {
  const value = site.tensor(0);
  const { attributes } = site.site;
  const axis = resolveAxis(attributes.int('axis', 0), value.dims.length, site);
  const extent = value.dims[axis];
  const given = site.inputs[1] ? site.site.constant(1) : undefined;
  const sizes: number[] = [];
  if (given && given.dims.length > 0) sizes.push(...given.data);
  else {
    const [size] = given ? given.data : [1];
    if (!(size >= 1)) throw rangeError(`${site.who}: got pieces of ${size}, expected at least 1`);
    for (let at = 0; at < extent; at += size) sizes.push(Math.min(size, extent - at));
  }
  if (sizes.length === 0) return [new PlannedList([])];
  const { walk } = site;
  const pieces = apply(walk, 'Split', [value, integers(...sizes)], { axis }, sizes.length);
  // By ONNX's text a split that is given keeps the axis; PyTorch writes unbind() as a split of 1, and onnxruntime drops the axis then.
  const ones = !given || (given.dims.length === 0 && given.data[0] === 1);
  const drops = ones && attributes.int('keepdims', 1) === 0;
  return [
    new PlannedList(drops ? pieces.map((piece) => apply(walk, 'Squeeze', [piece, integers(axis)], {})[0]) : pieces),
  ];
};

const optionalGet: ListOperator = (site) => {
  const [input] = site.inputs;
  if (input && !(input instanceof PlannedNothing)) return [input];
  throw typeError(`${site.who}: got an optional without an element, expected one with an element`);
};

const LISTS: Readonly<Record<string, ListOperator>> = {
  SequenceEmpty: () => [new PlannedList([])],
  SequenceConstruct: (site) => [new PlannedList(site.inputs.map((_, i) => site.tensor(i)))],
  SequenceAt: sequenceAt,
  SequenceInsert: sequenceInsert,
  SequenceErase: sequenceErase,
  SequenceLength: (site) => [scalar('int64', site.list(0).length)],
  ConcatFromSequence: concatFromSequence,
  SplitToSequence: splitToSequence,
  Optional: ({ inputs: [input] }) => [input ?? new PlannedNothing()],
  OptionalGetElement: optionalGet,
  OptionalHasElement: ({ inputs: [input] }) => [scalar('bool', input && !(input instanceof PlannedNothing) ? 1 : 0)],
};

/**
 * Plans a node of sequences or optionals.
 *
 * @returns its outputs; `undefined` if the node is none
 */
export function planList(
  walk: Walker,
  node: Node,
  inputs: readonly (Planned | undefined)[],
  opset: number,
): readonly Planned[] | undefined {
  if (node.domain !== '') return undefined;
  if (node.op === 'Identity' && inputs[0] && !isTensorValue(inputs[0])) return [inputs[0]];
  const operator = Object.hasOwn(LISTS, node.op) ? LISTS[node.op] : undefined;
  return operator?.(new ListSite(walk, node, inputs, opset));
}
