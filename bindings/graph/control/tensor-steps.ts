import type { Walker } from '../frame.js';
import { tensorOf } from '../graph.js';
import { knownValue, type PlannedValue } from '../planned-value.js';

/** The operators that these steps are made of follow one version, whichever the model follows. */
const OPSET = 17;

/** One operator over planned values, as if a node of the graph asked for it. */
export function apply(
  walk: Walker,
  op: string,
  inputs: readonly PlannedValue[],
  attributes: Readonly<Record<string, number>>,
  outputs = 1,
): readonly PlannedValue[] {
  const node = { op, domain: '', name: '', inputs: [], outputs: new Array<string>(outputs).fill(op), attributes };
  return walk.plan(node, inputs, OPSET, true) as readonly PlannedValue[];
}

/** Known integers. */
export function integers(...elements: readonly number[]): PlannedValue {
  return knownValue(tensorOf('int64', [elements.length], elements));
}

/** One known number, without dims. */
export function scalar(dtype: 'int64' | 'bool', element: number): PlannedValue {
  return knownValue(tensorOf(dtype, [], [element]));
}

/** What stands at an index along an axis, which is gone. */
export function takeAt(walk: Walker, value: PlannedValue, axis: number, index: number): PlannedValue {
  return apply(walk, 'Gather', [value, scalar('int64', index)], { axis })[0];
}

/** Values one after another along an axis that they have. */
export function join(walk: Walker, values: readonly PlannedValue[], axis: number): PlannedValue {
  return values.length === 1 ? values[0] : apply(walk, 'Concat', values, { axis })[0];
}

/** Values one after another along a new axis. */
export function stack(walk: Walker, values: readonly PlannedValue[], axis: number): PlannedValue {
  const at = integers(axis);
  return join(
    walk,
    values.map((value) => apply(walk, 'Unsqueeze', [value, at], {})[0]),
    axis,
  );
}
