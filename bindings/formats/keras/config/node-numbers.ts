import { type CallSpec, mapTensors, type NodeSpec, type TensorRef, tensorsRead } from './model-spec.js';

/** Calls and outputs of a model as its file numbers them. */
export interface Numbered {
  readonly nodes: readonly NodeSpec[];
  readonly outputs: readonly TensorRef[];
}

/**
 * Numbers the calls of inner models from 0, as those of layers are.
 *
 * A functional model has been called once when it is made, and that call counts. Keras 2 numbers the calls that follow from 1
 * wherever it refers to them, but those of a Sequential model without an InputLayer from 0; as each call is referred to
 * somewhere, the numbers show which. Keras 3 numbers from 1 only where the outer model lists its outputs.
 *
 * Source: `kept_nodes` of keras/src/models/functional.py and tf_keras/src/engine/functional.py.
 *
 * @param isModel whether a class is a model
 * @param isFunctional whether it is a functional one
 * @param listed whether the file's calls are lists or dicts of references, as those of Keras 2 are
 */
export function countNodes(
  { nodes, outputs }: Numbered,
  isModel: (className: string) => boolean,
  isFunctional: (className: string) => boolean,
  listed: boolean,
): Numbered {
  const inner = nodes.filter(({ className }) => isModel(className));
  if (inner.length === 0) return { nodes, outputs };
  const reads = nodes.flatMap((node) => node.calls.flatMap((call) => tensorsRead(call)));
  const shiftCalls = new Map<string, number>();
  const shiftOutputs = new Map<string, number>();
  for (const { name, className, calls } of inner) {
    const numbers = (refs: readonly TensorRef[]) => refs.filter(({ layer }) => layer === name).map(({ node }) => node);
    const past = (refs: readonly TensorRef[]) => Number(numbers(refs).some((number) => number >= calls.length));
    if (listed) {
      const shift = past([...reads, ...outputs]);
      shiftCalls.set(name, shift);
      shiftOutputs.set(name, shift);
    } else {
      shiftCalls.set(name, past(reads));
      shiftOutputs.set(name, Number(isFunctional(className) && !numbers(outputs).includes(0)));
    }
  }
  const shifted = (ref: TensorRef, shifts: ReadonlyMap<string, number>): TensorRef => ({
    ...ref,
    node: ref.node - (shifts.get(ref.layer) ?? 0),
  });
  const shiftCall = ({ args, keywords }: CallSpec): CallSpec => ({
    args: args.map((argument) => mapTensors(argument, (ref) => shifted(ref, shiftCalls))),
    keywords: new Map(
      [...keywords].map(([key, argument]) => [key, mapTensors(argument, (ref) => shifted(ref, shiftCalls))]),
    ),
  });
  return {
    nodes: nodes.map((node) => ({ ...node, calls: node.calls.map(shiftCall) })),
    outputs: outputs.map((ref) => shifted(ref, shiftOutputs)),
  };
}
