import { rangeError, typeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import { STORAGE, type Values } from '../dtype.js';
import { type Loops, planLoops, tightStrides } from '../loops.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';

/** A tensor whose axes have names: one letter each, and ' 0', ' 1' … for those of an ellipsis, counted from the last. */
interface Named {
  readonly names: readonly string[];
  /** Elements from one place of an axis to the next, by name; an axis named twice is walked along its diagonal. */
  readonly strides: ReadonlyMap<string, number>;
}

/** One contraction: of what is there so far and the next operand, or of the first operand alone. */
interface Contraction {
  readonly over: Loops;
  readonly along: Loops;
  readonly size: number;
}

/**
 * Einstein's summation: operands are multiplied from left to right, and every name is summed as soon as no later operand and not
 * the output has it. Sums in float64, rounded where a contraction ends.
 */
const einsum: Operator = (site) => {
  const { dtype } = site.input(0);
  const { view, bytes } = STORAGE[dtype];
  const extents = new Map<string, number>();
  const { terms, output } = parse(site);
  const operands = terms.map((term, i) => nameAxes(site, term, i, extents));
  const result = expand(output, Math.max(...operands.map(({ names }) => names.filter(isEllipsis).length)));
  for (const name of result) {
    if (extents.has(name) && result.indexOf(name) === result.lastIndexOf(name)) continue;
    throw rangeError(`${site.who}: got output axis ${describeValue(name)}, expected one of an input, each once`);
  }
  const dimsOf = (names: readonly string[]) => names.map((name) => extents.get(name) as number);
  const dims = dimsOf(result);
  tensorBytes(dtype, dims, site);
  const contractions: Contraction[] = [];
  let so: Named = operands[0];
  for (let k = operands.length > 1 ? 1 : 0; k < operands.length; k++) {
    const next = k === 0 ? undefined : operands[k];
    const all = [...new Set([...so.names, ...(next?.names ?? [])])];
    const later = new Set(operands.slice(k + 1).flatMap(({ names }) => names));
    const isLast = k === operands.length - 1;
    const kept = isLast ? result : all.filter((name) => later.has(name) || result.includes(name));
    const summed = all.filter((name) => !kept.includes(name));
    tensorBytes(dtype, dimsOf(kept), site);
    const tight = tightStrides(dimsOf(kept));
    const of = (operand: Named | undefined, names: readonly string[]) => names.map((n) => operand?.strides.get(n) ?? 0);
    planLoops(site, dimsOf(all), []);
    contractions.push({
      over: planLoops(site, dimsOf(kept), [tight, of(so, kept), of(next, kept)]),
      along: planLoops(site, dimsOf(summed), [of(so, summed), of(next, summed)]),
      size: sizeOf(dimsOf(kept)),
    });
    so = { names: kept, strides: new Map(kept.map((name, d) => [name, tight[d]])) };
  }
  // Results of all contractions but the last lie in scratch, one after another.
  const sizes = contractions.slice(0, -1).map(({ size }) => Math.ceil((size * bytes) / 16) * 16);
  return {
    outputs: [{ dtype, dims }],
    scratch: sizes.reduce((sum, size) => sum + size / 4, 0),
    bind: ({ input, output: outputAt, memory, scratch }) => {
      const at = terms.map((_, i) => Memory.index(input(i), view));
      let room = scratch;
      const ends = contractions.map((_, k) => {
        const address = k < sizes.length ? room : outputAt(0);
        room += sizes[k] ?? 0;
        return Memory.index(address, view);
      });
      return () => {
        const values = memory[view];
        for (let k = 0; k < contractions.length; k++) {
          contract(values, contractions[k], ends[k], k === 0 ? at[0] : ends[k - 1], at[k + 1] ?? -1);
        }
      };
    },
  };
};

/** @param b −1 where there is no second operand */
function contract(values: Values, { over, along }: Contraction, o: number, a: number, b: number): void {
  const [outs, as, bs] = over.starts;
  const [sumAs, sumBs] = along.starts;
  for (let k = 0; k < over.outer; k++) {
    for (let i = 0; i < over.inner; i++) {
      const aStart = a + as[k] + i * over.steps[1];
      const bStart = b + bs[k] + i * over.steps[2];
      let sum = 0;
      for (let l = 0; l < along.outer; l++) {
        let x = aStart + sumAs[l];
        let y = bStart + sumBs[l];
        for (let j = 0; j < along.inner; j++, x += along.steps[0], y += along.steps[1]) {
          sum += b < 0 ? values[x] : values[x] * values[y];
        }
      }
      values[o + outs[k] + i * over.steps[0]] = sum;
    }
  }
}

/** Splits `ij,jk->ik`; without an arrow the output has, in the order of the alphabet, the letters that come once. */
function parse(site: Site): { terms: string[]; output: string } {
  const equation = site.attributes.string('equation').replaceAll(' ', '');
  const [left, right, ...more] = equation.split('->');
  const terms = left.split(',');
  const letters = [...left].filter((letter) => /[a-zA-Z]/.test(letter)).sort();
  const once = letters.filter((letter, i) => letter !== letters[i - 1] && letter !== letters[i + 1]).join('');
  const output = right ?? (left.includes('...') ? `...${once}` : once);
  const valid = [...terms, output].every((term) => /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term));
  if (!valid || more.length > 0 || terms.length !== site.inputs.length) {
    const expected = `letters for the axes of ${site.inputs.length} inputs`;
    throw rangeError(`${site.who}: equation: got ${describeValue(equation)}, expected ${expected}`);
  }
  return { terms, output };
}

const isEllipsis = (name: string) => name.startsWith(' ');

/** A term's letters as names, its ellipsis as so many. */
function expand(term: string, ellipsis: number): string[] {
  const [before, after] = term.split('...');
  if (after === undefined) return [...before];
  return [...before, ...Array.from({ length: ellipsis }, (_, i) => ` ${ellipsis - 1 - i}`), ...after];
}

/** Names the axes of an operand, and notes their extents. */
function nameAxes(site: Site, term: string, i: number, extents: Map<string, number>): Named {
  const { dtype, dims } = site.input(i);
  const expected = site.input(0).dtype;
  if (dtype !== expected) throw typeError(`${site.who}: got ${expected} and ${dtype}, expected one type`);
  const named = expand(term, dims.length - term.replace('...', '').length);
  if (named.length !== dims.length) {
    throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected axes ${describeValue(term)}`);
  }
  const strides = new Map<string, number>();
  const tight = tightStrides(dims);
  named.forEach((name, d) => {
    const extent = extents.get(name) ?? 1;
    if (extent !== dims[d] && extent !== 1 && dims[d] !== 1) {
      throw rangeError(`${site.who}: axis ${describeValue(name)}: got extents ${extent} and ${dims[d]}, expected one`);
    }
    extents.set(name, extent === 1 ? dims[d] : extent);
    // An axis of extent 1 is repeated.
    strides.set(name, (strides.get(name) ?? 0) + (dims[d] === 1 ? 0 : tight[d]));
  });
  return { names: [...new Set(named)], strides };
}

/** Products and sums along named axes. */
export const EINSUM: OperatorTable = { Einsum: [{ since: 12, operator: einsum }] };
