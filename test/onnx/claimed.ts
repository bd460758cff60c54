import { allOperators } from '../../bindings/graph/all-operators.js';
import { PLANNED_OPERATORS } from '../../bindings/graph/index.js';

/** Every operator that the runtime says it has, as archives name them: with its domain where that is not ONNX's own. */
export const CLAIMED: ReadonlySet<string> = new Set(
  // Some are the planner's own business and in no table.
  [
    ...PLANNED_OPERATORS,
    ...Object.entries(allOperators()).flatMap(([domain, table]) => Object.keys(table).map((op) => named(domain, op))),
  ],
);

function named(domain: string, operator: string): string {
  return domain === '' ? operator : `${domain}.${operator}`;
}
