import type { Dtype, ValueInfo } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';
import type { Field } from './message.js';
import { dtypeOf } from './read-tensor.js';

/**
 * Reads a ValueInfoProto: what a graph's input or output is declared to be.
 *
 * @throws {TypeError} if its type is not there
 */
export function readValueInfo(file: Field, who: string): ValueInfo {
  const info: { name: string; dtype?: Dtype; dims?: (number | string | null)[] } = { name: '' };
  const around = file.enter();
  while (file.next()) {
    if (file.no === 1) info.name = file.text();
    else if (file.no === 2) readType(file, info, who);
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
    if (file.no !== 1) {
      file.skip();
      continue;
    }
    const type = file.enter();
    while (file.next()) {
      if (file.no === 1) into.dtype = dtypeOf(file.int(), `${who}: ${describeValue(into.name)}`);
      else if (file.no === 2) into.dims = readShape(file);
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
    if (file.no === 1) dims.push(readDimension(file));
    else file.skip();
  }
  file.leave(around);
  return dims;
}

function readDimension(file: Field): number | string | null {
  let dim: number | string | null = null;
  const around = file.enter();
  while (file.next()) {
    if (file.no === 1) dim = file.int();
    else if (file.no === 2) dim = file.text() || null;
    else file.skip();
  }
  file.leave(around);
  return typeof dim === 'number' && dim < 0 ? null : dim;
}
