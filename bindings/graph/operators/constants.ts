import { tensorOf } from '../graph.js';
import type { Operator, OperatorTable } from '../operator.js';

const constant: Operator = (site) => {
  const { attributes } = site;
  const value = attributes.tensor('value');
  if (value) return { outputs: [{ constant: value }] };
  for (const [name, dtype] of [
    ['value_float', 'float32'],
    ['value_int', 'int64'],
  ] as const) {
    if (attributes.has(name)) return { outputs: [{ constant: tensorOf(dtype, [], [attributes.float(name)]) }] };
  }
  for (const [name, dtype] of [
    ['value_floats', 'float32'],
    ['value_ints', 'int64'],
  ] as const) {
    const values = attributes.floats(name);
    if (values) return { outputs: [{ constant: tensorOf(dtype, [values.length], values) }] };
  }
  throw new TypeError(`${site.who}: got no value, expected a tensor or numbers (no strings, no sparse tensor)`);
};

export const CONSTANTS: OperatorTable = { Constant: constant };
