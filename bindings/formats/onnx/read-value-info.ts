import type { Dtype, ValueInfo } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import type { Field } from './message.js';
import { dtypeOf } from './read-tensor.js';
import * as schema from './schema.js';

/**
 * Reads a ValueInfoProto: what a graph's input or output is declared to be.
 *
 * @throws {TypeError} if its type is not there
 */
export function readValueInfo(file: Field, who: string): ValueInfo {
  const info: { name: string; dtype?: Dtype; dims?: (number | string | null)[] } = { name: '' };
  const around = file.enter();
  while (file.next()) {
    if (file.no === schema.VALUE_NAME) info.name = file.text();
    else if (file.no === schema.VALUE_TYPE) readType(file, info, who);
    else file.skip();
  }
  file.leave(around);
  return info;
}

/** A TypeProto: sequences, maps and optionals leave no type behind. */
function readType(
  file: Field,
  into: { name: string; dtype?: Dtype; dims?: (number | string | null)[] },
  who: string,
): void {
  const around = file.enter();
  while (file.next()) {
    if (file.no !== schema.TYPE_TENSOR) {
      file.skip();
      continue;
    }
    const type = file.enter();
    while (file.next()) {
      if (file.no === schema.ELEM_TYPE) into.dtype = dtypeOf(file.int(), `${who}: ${describeValue(into.name)}`);
      else if (file.no === schema.TENSOR_SHAPE) into.dims = readShape(file);
      else file.skip();
    }
    file.leave(type);
  }
  file.leave(around);
}

function readShape(file: Field): (number | string | null)[] {
  const dims: (number | string | null)[] = [];
  const around = file.enter();
  while (file.next()) {
    if (file.no === schema.SHAPE_DIM) dims.push(readDimension(file));
    else file.skip();
  }
  file.leave(around);
  return dims;
}

function readDimension(file: Field): number | string | null {
  let dim: number | string | null = null;
  const around = file.enter();
  while (file.next()) {
    if (file.no === schema.DIM_VALUE) dim = file.int();
    else if (file.no === schema.DIM_PARAM) dim = file.text() || null;
    else file.skip();
  }
  file.leave(around);
  return typeof dim === 'number' && dim < 0 ? null : dim;
}
