import { typeError } from '../../errors.js';
import { type Module, Sequential } from '../../index.js';
import { checkState, type LSTMState } from '../../layers/state.js';
import { describeValue } from '../../tensor.js';
import { isRecurrent } from '../links/chain.js';
import type { Trip } from './trip.js';

/**
 * Takes the shape of a model's state.
 *
 * @param parts what each recurrent module has, in their order
 * @returns an array for a Sequential, the part itself for a recurrent module, `undefined` for any other
 */
export function nestStates(model: Module, parts: readonly unknown[]): unknown {
  const rest = parts.values();
  const nest = (module: Module): unknown => {
    if (module instanceof Sequential) return module.modules.map(nest);
    return isRecurrent(module) ? rest.next().value : undefined;
  };
  return nest(model);
}

/**
 * Checks a state, or its gradient, in the shape of the model's.
 *
 * @returns what each recurrent module was given, in their order
 * @throws {TypeError | RangeError} if it has another shape
 */
export function flattenStates(
  model: Module,
  state: unknown,
  { layout, stateDims }: Trip,
  who: string,
): (Partial<LSTMState> | undefined)[] {
  const found: (Partial<LSTMState> | undefined)[] = [];
  const visit = (module: Module, given: unknown): void => {
    if (module instanceof Sequential) {
      if (given !== undefined && (!Array.isArray(given) || given.length !== module.modules.length)) {
        throw typeError(`${who}: got ${describeValue(given)}, expected an array of ${module.modules.length} states`);
      }
      module.modules.forEach((part, i) => {
        visit(part, (given as unknown[] | undefined)?.[i]);
      });
    } else if (isRecurrent(module)) {
      const shape = module.stateShape(layout.batch);
      found.push(given === undefined ? undefined : checkState(given, shape, [shape.cells, ...stateDims], who));
    } else if (given !== undefined) {
      throw typeError(`${who}: got ${describeValue(given)}, expected none: a ${module.type} keeps no state`);
    }
  };
  visit(model, state);
  return found;
}
