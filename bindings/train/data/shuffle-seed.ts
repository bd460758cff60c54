import { drawSeed } from '../../manual-seed.js';
import { assertFinite } from '../assert-finite.js';

/**
 * The seed of an order.
 *
 * @param shuffle a seed; true for one of `manualSeed`, or a random one; false or undefined to leave the order as it is
 * @returns undefined if the order stays
 */
export function shuffleSeed(shuffle: number | boolean | undefined, who: string): number | undefined {
  if (shuffle === undefined || shuffle === false) return undefined;
  if (shuffle === true) return drawSeed();
  assertFinite(shuffle, `${who}: shuffle`);
  return shuffle;
}
