import { turnBytes, turnProducts, VARIANTS } from './kernel-text.js';

/** Weight bytes that stay in the first-level cache of every machine of interest. */
const FIRST_LEVEL = 16 * 1024;
const PAGE = 64 * 1024;
/** Where the values that weights are multiplied with begin; weights follow after them. */
const INPUTS = 1024;
const INPUT_BYTES = 7 * 1024;

/** What the machine allows: runs of the fastest kernel that only reads weights and multiply-adds. */
export class Ceiling {
  /**
   * @param bytes of `buildCeiling`
   * @param weightBytes the most that a pass will read
   * @param milliseconds how long each kernel runs when the fastest is looked for; well above the timer's resolution
   */
  constructor(bytes, weightBytes, milliseconds = 2) {
    const first = INPUTS + INPUT_BYTES;
    const memory = new WebAssembly.Memory({ initial: Math.ceil((first + weightBytes + 1024) / PAGE) });
    const floats = new Float32Array(memory.buffer);
    for (let i = 0; i < floats.length; i++) floats[i] = ((i * 0.618034) % 1) * 0.01 - 0.005;
    this.exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
    this.first = first;
    this.milliseconds = milliseconds;
    this.chosen = new Map();
  }

  /**
   * The pass over that many weights by the kernel that is fastest at it.
   *
   * @returns `run(repeats)` makes that many passes and gives their multiply-adds
   */
  pass(weightBytes) {
    return this.#fastest(`read ${weightBytes}`, weightBytes, ({ reuse }) => reuse === 1);
  }

  /** Multiply-adds on weights of the first-level cache, each read as often or as seldom as is fastest: what a gemm can reach. */
  multiplyAdds() {
    return this.#fastest('tile', FIRST_LEVEL, () => true);
  }

  #fastest(key, weightBytes, admits) {
    if (!this.chosen.has(key)) {
      const runs = VARIANTS.filter(admits).map((variant) => this.runOf(variant, weightBytes));
      const speeds = runs.map((run) => speedOf(run, this.milliseconds));
      this.chosen.set(key, runs[speeds.indexOf(Math.max(...speeds))]);
    }
    return this.chosen.get(key);
  }

  /** One variant over that many weights, rounded down to whole turns of its loop. */
  runOf(variant, weightBytes) {
    const kernel = this.exports[variant.name];
    const turns = Math.max(1, Math.floor(weightBytes / turnBytes(variant)));
    const { first } = this;
    const end = first + turns * turnBytes(variant);
    const products = turns * turnProducts(variant);
    const run = (repeats) => {
      kernel(first, end, INPUTS, repeats);
      return repeats * products;
    };
    return Object.assign(run, { variant: variant.name });
  }
}

/** Multiply-adds per millisecond: the best of three bursts, after one that lets the compiler finish. */
export function speedOf(run, milliseconds) {
  let repeats = 1;
  let best = 0;
  for (let bursts = 0; bursts < 4; ) {
    const start = performance.now();
    const products = run(repeats);
    const elapsed = performance.now() - start;
    if (elapsed < milliseconds) {
      repeats *= 2;
      continue;
    }
    if (bursts++ > 0) best = Math.max(best, products / elapsed);
  }
  return best;
}
