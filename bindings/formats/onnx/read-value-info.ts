import type { Dtype, ValueInfo } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import type { Field } from './message.js';
import { dtypeOf } from './read-tensor.js';

/**
 * Reads a ValueInfoProto: what a graph's input or output is declared to be.
 *
 * @throws {TypeError} if its type is not there
 */
export function readValueInfo(message: Field, who: string): ValueInfo {
  const info: { name: string; dtype?: Dtype; dims?: (number | string | null)[] } = { name: '' };
  message.message((field) => {
    if (field.no === 1) info.name = field.text();
    else if (field.no === 2) readType(field, info, `${who}: ${describeValue(info.name)}`);
    else return false;
    return true;
  });
  return info;
}

/** A TypeProto: sequences, maps and optionals leave no type behind. */
function readType(message: Field, into: { dtype?: Dtype; dims?: (number | string | null)[] }, who: string): void {
  message.message((type) => {
    if (type.no !== 1) return false;
    type.message((field) => {
      if (field.no === 1) into.dtype = dtypeOf(field.int(), who);
      else if (field.no === 2) into.dims = readShape(field);
      else return false;
      return true;
    });
    return true;
  });
}

function readShape(message: Field): (number | string | null)[] {
  const dims: (number | string | null)[] = [];
  message.message((field) => {
    if (field.no !== 1) return false;
    dims.push(readDimension(field));
    return true;
  });
  return dims;
}

function readDimension(message: Field): number | string | null {
  let dim: number | string | null = null;
  message.message((field) => {
    if (field.no === 1) dim = field.int();
    else if (field.no === 2) dim = field.text() || null;
    else return false;
    return true;
  });
  return typeof dim === 'number' && dim < 0 ? null : dim;
}
