import { HiddenstateError } from '../errors.js';
import { describeValue } from '../tensor.js';
import type { UnitPlan } from './messages.js';
import type { OpenFile } from './open-file.js';
import type { Tell, Unit } from './tell.js';

/** Makes what runs for one kind of plan. */
export type Opener = (plan: UnitPlan, tell: Tell, openFile: OpenFile) => Unit;

/** What a file of a processor has. */
export interface Stock {
  readonly units: Readonly<Record<string, Opener>>;
  readonly openFile: OpenFile;
}

/**
 * Makes what a plan says: everything that takes long is done here.
 *
 * @throws if the model or an option is refused
 */
export function openUnit(plan: UnitPlan, tell: Tell, { units, openFile }: Stock): Unit {
  if (Object.hasOwn(units, plan.kind)) return units[plan.kind](plan, tell, openFile);
  throw new HiddenstateError(
    'UNSUPPORTED',
    `createNode: kind: got ${describeValue(plan.kind)}, expected ${Object.keys(units).map(describeValue).join(' or ')}`,
  );
}
