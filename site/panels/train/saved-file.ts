import { CELLS, type Cell } from './messages.js';

/** What a file that this panel saved says of itself. */
export interface Saved {
  readonly task: 'text' | 'series';
  readonly cell: Cell;
  readonly units: number;
}

const MOST_HEADER = 1e7;

/**
 * Reads the description in front of a safetensors file; the weights are the library's to read.
 *
 * @throws {Error} if it is not one that this panel saved
 */
export function describeSaved(name: string, bytes: Uint8Array): Saved {
  const other = (got: string) =>
    new Error(`${name} is ${got}. Give a .safetensors file that this page saved; Your file opens all others.`);
  if (bytes.length < 10) throw other(bytes.length === 0 ? 'empty' : 'no safetensors file');
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (!(size <= Math.min(bytes.length - 8, MOST_HEADER))) throw other('no safetensors file, or not all of one');
  let metadata: Record<string, unknown>;
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + size)));
    metadata = header.__metadata__ ?? {};
  } catch {
    throw other('no safetensors file');
  }
  const { task, cell } = metadata;
  const units = Number(metadata.units);
  const known = (task === 'text' || task === 'series') && CELLS.includes(cell as Cell) && units >= 1 && units <= 4096;
  if (!known) throw other('a safetensors file of another program');
  return { task, cell: cell as Cell, units };
}
