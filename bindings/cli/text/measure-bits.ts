import type { SymbolModel } from '../../sequence/index.js';
import { takeTurn } from '../terminal/standard-output.js';

/** What a model makes of a text it has not seen. */
export interface Bits {
  /** Mean of −log₂ p of each character, given those before it. */
  readonly perCharacter: number;
  /** The same for equal parts of the text, in order. */
  readonly byPart: readonly number[];
  readonly microseconds: number;
}

const PARTS = 40;

/**
 * Measures a model on a text, character by character, beginning without a past.
 *
 * @param onShare is told how much is done, from 0 to 1
 */
export async function measureBits(
  model: SymbolModel,
  text: readonly string[],
  unknown: string | undefined,
  onShare: (share: number) => void,
): Promise<Bits> {
  const indices = new Map(model.symbols.map((symbol, k) => [symbol, k]));
  const stand = unknown === undefined ? undefined : indices.get(unknown);
  const parts = new Float64Array(Math.min(PARTS, text.length));
  const sizes = new Float64Array(parts.length);
  const cursor = model.cursor([]);
  const begin = performance.now();
  try {
    for (let t = 0; t < text.length; t++) {
      const index = (indices.get(text[t]) ?? stand) as number;
      const part = Math.floor((t * parts.length) / text.length);
      parts[part] -= Math.log2(cursor.predict()[index]);
      sizes[part]++;
      cursor.observe(index);
      if (t % 256 > 0) continue;
      onShare(t / text.length);
      await takeTurn();
    }
  } finally {
    cursor.dispose?.();
  }
  const microseconds = ((performance.now() - begin) * 1000) / text.length;
  const bits = parts.reduce((sum, each) => sum + each, 0);
  return { perCharacter: bits / text.length, byPart: Array.from(parts, (each, i) => each / sizes[i]), microseconds };
}
