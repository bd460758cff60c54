/**
 * Chooses the discount of `Unbounded`: fits the first nine tenths of what Moby-Dick is learnt from (its first nine tenths) and
 * writes the bits a character of the last tenth of that into docs/ladder.md. The held-out end of the book is not read.
 *
 *   npm run build && node bench/ladder/discount.js
 */
import { Unbounded } from '../../dist/sequence.js';
import { corpus, heldOut } from '../../models/moby-dick/text.js';
import { writePart } from '../report/write-part.js';
import { table } from '../rivals/report/format.js';

const DISCOUNTS = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98];

const text = corpus();
const known = Array.from(text.slice(0, text.length - heldOut(text).length));
const cut = Math.round(known.length * 0.9);
const end = known.slice(cut);

const bits = DISCOUNTS.map((discount) => {
  const model = new Unbounded({ discount, symbols: new Set(known) }).fit(known.slice(0, cut));
  return -model.logLikelihood(end) / end.length / Math.LN2;
});
const header = ['discount', ...DISCOUNTS.map((discount) => discount.toFixed(2))];
writePart('ladder.md', 'discount', table(header, [['bits a character', ...bits.map((each) => each.toFixed(4))]]));
