/** The history checker: what the log has against what one process computes. Every key must have every result, once, in order, with its bits. */
import { createEngine, GRU } from '../../../bindings/index.js';
import { seededRandom } from '../../../bindings/random.js';
import { HIDDEN, INPUT } from './model-sizes.js';

/** An event that follows from its number. */
export interface TrialEvent {
  readonly sequence: number;
  readonly key: string;
  readonly value: Uint8Array;
  /** Why it is set aside, if it is. */
  readonly poison: string | undefined;
}

/** The events of a trial: the same for the same seed and number. */
export function eventOf(seed: number, sequence: number, keys: number): TrialEvent {
  const random = seededRandom(seed * 1_000_003 + sequence);
  // The first numbers of neighbouring seeds are alike.
  random();
  const range = random() < 0.5 ? Math.ceil(keys / 20) : keys;
  const key = `key-${Math.floor(random() * range)}`;
  const x = Float32Array.from({ length: INPUT }, () => random() * 4 - 2);
  const kind = random();
  if (kind < 0.001) x[1] = Number.NaN;
  const value = new Uint8Array(x.buffer);
  if (kind < 0.001) return { sequence, key, value, poison: 'got NaN as number 1, expected a finite one' };
  if (kind < 0.002)
    return { sequence, key, value: value.slice(4), poison: `got ${INPUT - 1} numbers, expected ${INPUT}` };
  return { sequence, key, value, poison: undefined };
}

/** What was found wrong. */
export interface Findings {
  results: number;
  missing: number;
  twice: number;
  order: number;
  bits: number;
  dead: number;
  deadWrong: number;
  first: string | undefined;
}

export interface KeptResult {
  readonly id: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/** Computes what should come and compares. Keeps the states of all keys from one check to the next. */
export class Checker {
  private readonly lanes = new Map<string, number>();
  private readonly model = new GRU({
    inputSize: INPUT,
    hiddenSize: HIDDEN,
    seed: 1,
    engine: createEngine({ simd: 'baseline' }),
  });
  private readonly stream;
  readonly total: Findings = none();

  constructor(
    private readonly seed: number,
    private readonly keys: number,
  ) {
    this.stream = this.model.stream({ batch: keys });
  }

  /**
   * Checks a stretch of events.
   *
   * @param results of all partitions, each partition's in its order
   * @param dead reasons by the bytes of their events
   */
  check(from: number, to: number, results: readonly KeptResult[], dead: readonly { reason: string }[]): Findings {
    const expected = new Map<string, Float32Array[]>();
    const reasons: string[] = [];
    for (let sequence = from; sequence < to; sequence++) {
      const { key, value, poison } = eventOf(this.seed, sequence, this.keys);
      if (poison) {
        reasons.push(poison);
        continue;
      }
      if (!this.lanes.has(key)) this.lanes.set(key, this.lanes.size);
      const lanes = [this.lanes.get(key) as number];
      const y = this.stream.step(new Float32Array(value.slice().buffer), undefined, { lanes });
      if (!expected.has(key)) expected.set(key, []);
      expected.get(key)?.push(y);
    }
    const found = this.compare(expected, results);
    found.dead = dead.length;
    const sorted = (list: readonly string[]) => [...list].sort().join('\n');
    if (sorted(dead.map(({ reason }) => reason)) !== sorted(reasons)) {
      found.deadWrong++;
      found.first ??= `dead letters: got ${dead.length}, expected ${reasons.length}`;
    }
    for (const name of ['results', 'missing', 'twice', 'order', 'bits', 'dead', 'deadWrong'] as const) {
      this.total[name] += found[name];
    }
    this.total.first ??= found.first;
    return found;
  }

  private compare(expected: ReadonlyMap<string, Float32Array[]>, results: readonly KeptResult[]): Findings {
    const found = none();
    const byKey = new Map<string, KeptResult[]>();
    for (const result of results) {
      if (!byKey.has(result.key)) byKey.set(result.key, []);
      byKey.get(result.key)?.push(result);
    }
    for (const [key, outputs] of expected) {
      const own = byKey.get(key) ?? [];
      const ids = new Set(own.map(({ id }) => id));
      found.results += own.length;
      found.twice += own.length - ids.size;
      found.missing += Math.max(0, outputs.length - ids.size);
      if (own.length !== outputs.length)
        found.first ??= `${key}: got ${own.length} results, expected ${outputs.length}`;
      for (let i = 0; i < Math.min(own.length, outputs.length); i++) {
        if (i > 0 && number(own[i].id) <= number(own[i - 1].id)) {
          found.order++;
          found.first ??= `${key}: ${own[i].id} comes after ${own[i - 1].id}`;
        }
        const y = new Uint8Array(outputs[i].buffer, outputs[i].byteOffset, outputs[i].byteLength);
        if (Buffer.compare(y, own[i].value) !== 0) {
          found.bits++;
          found.first ??= `${key}: result ${i} (${own[i].id}) has other bits`;
        }
      }
      byKey.delete(key);
    }
    for (const [key, own] of byKey) {
      found.twice += own.length;
      found.first ??= `${key}: got ${own.length} results, expected none`;
    }
    return found;
  }
}

function number(id: string): bigint {
  const [time, count] = id.split('-');
  return (BigInt(time) << 40n) + BigInt(count);
}

function none(): Findings {
  return { results: 0, missing: 0, twice: 0, order: 0, bits: 0, dead: 0, deadWrong: 0, first: undefined };
}
