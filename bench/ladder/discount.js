/**
 * Chooses the discount of `Unbounded`: fits the first nine tenths of what Moby-Dick is learnt from (its first nine tenths) and
 * prints the bits a character of the last tenth of that. The held-out end of the book is not read.
 *
 *   npm run build && node bench/ladder/discount.js
 */
import { Unbounded } from '../../dist/sequence.js';
import { corpus, heldOut } from '../../models/moby-dick/text.js';

const DISCOUNTS = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98];

const text = corpus();
const known = Array.from(text.slice(0, text.length - heldOut(text).length));
const cut = Math.round(known.length * 0.9);
const end = known.slice(cut);

for (const discount of DISCOUNTS) {
  const model = new Unbounded({ discount, symbols: new Set(known) }).fit(known.slice(0, cut));
  const bits = -model.logLikelihood(end) / end.length / Math.LN2;
  console.log(`${discount.toFixed(2)}  ${bits.toFixed(4)} bits a character`);
}
