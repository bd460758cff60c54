import { disposeSymbol } from '../../dispose-symbol.js';
import type { Slabs } from '../../engine/engine.js';
import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue, type StateDict } from '../../tensor.js';
import { matchStateDict, type ParameterDims } from '../../weights/state-dict.js';
import type { TrainKernels } from '../abi.js';
import { assertFinite } from '../assert-finite.js';
import { trainKernels } from '../kernels.js';
import type { Parameters, WeightChoice } from '../parameters.js';

/** Options of every optimiser. */
export interface OptimizerOptions {
  /** How far a step goes; a schedule sets `learningRate` between steps. */
  learningRate?: number;
  /** Weight decay. Default 0, and 0.01 for AdamW. */
  weightDecay?: number;
  /** Weights with a rate or a decay of their own; each weight in one group at most, the others have those above. */
  groups?: readonly ParameterGroup[];
}

/** Weights that are trained unlike the others, as a parameter group of torch.optim. */
export interface ParameterGroup {
  /** Names of weights, beginnings of names that end in a point (`0.`: all of the first module), or a function of the name. */
  parameters: WeightChoice;
  /** A schedule changes it in proportion to the optimiser's own. Default: that. */
  learningRate?: number;
  /** Default: the optimiser's own. */
  weightDecay?: number;
}

/** Neighbouring weights that are trained alike. */
export interface Run {
  /** Bytes from the beginning of each flat run, and floats. */
  readonly offset: number;
  readonly size: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

interface Group {
  /** Of the optimiser's own rate; absolute where that began at 0. */
  readonly factor: number;
  readonly absolute: number | undefined;
  readonly weightDecay: number;
}

/** The step count as a checkpoint names it, in two digits of which float32 holds each exactly. */
const STEP: ParameterDims = { name: 'step', dims: [2] };
const STEP_DIGIT = 2 ** 24;

/**
 * What SGD, Adam and AdamW have in common: parameters, a step count, moments in wasm memory beside each weight.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { mse, type Optimizer, SGD, Tape } from 'hiddenstate/train';
 *
 * const tape = new Tape(new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 }), { steps: 5 });
 * const optimizer: Optimizer = new SGD(tape.parameters, { learningRate: 0.1 });
 * const input = { data: Float32Array.of(1, 2, 3, 4, 5), dims: [5, 1] };
 * const target = { data: new Float32Array(5), dims: [5, 1] };
 * for (let i = 0; i < 10; i++) {
 *   tape.zeroGradients();
 *   tape.backward(mse()(tape.forward(input).output, target).gradient);
 *   optimizer.step();
 * }
 * console.log(optimizer.steps); // 10
 * ```
 */
export abstract class Optimizer {
  /** How far a step goes. Set it between steps to follow a schedule. */
  learningRate: number;
  /** Steps taken so far. */
  steps = 0;
  /** @internal */
  protected readonly kernels: TrainKernels;
  private readonly slabs: Slabs;
  private readonly first: number;
  /** Of each weight. */
  private readonly groups: readonly Group[];
  private alive = true;

  /** @internal */
  constructor(
    /** @internal */ protected readonly parameters: Parameters,
    learningRate: number,
    /** @internal */ readonly type: string,
    /** Names of the moments, each as large as all weights. */
    private readonly moments: readonly string[],
    /** @internal */ protected readonly weightDecay: number,
    groups: readonly ParameterGroup[] | undefined,
  ) {
    assertFinite(learningRate, `${type}: learningRate`, 0);
    parameters.assertAlive(type);
    this.learningRate = learningRate;
    this.groups = groupsOf(parameters, groups ?? [], learningRate, weightDecay, type);
    const { engine, size } = parameters;
    this.kernels = trainKernels(engine);
    this.slabs = engine.slabsFor(this, type);
    this.first = moments.length ? this.slabs.allocate(Math.max(4, moments.length * size)) : 0;
  }

  /**
   * Changes every weight by its gradient and hands the new weights to the model. Gradients stay as they are.
   *
   * @throws {RangeError} if `learningRate` was set to something that is not a finite number of at least 0
   * @throws {Error} after `dispose()`
   */
  step(): void {
    this.assertAlive('step');
    assertFinite(this.learningRate, `${this.type}: learningRate`, 0);
    this.steps++;
    for (const run of this.runs()) this.update(run);
    this.parameters.push();
  }

  /**
   * Copies the state out: `step`, which is [⌊steps / 2²⁴⌋, the rest], and every moment of every weight
   * (`mean.weight_ih_l0`). With it, and the weights, a run goes on bit for bit as if it had not stopped.
   */
  stateDict(): StateDict {
    this.assertAlive('stateDict');
    const { steps } = this;
    const digits = Float32Array.of(Math.floor(steps / STEP_DIGIT), steps % STEP_DIGIT);
    const dict: StateDict = { [STEP.name]: { data: digits, dims: [2] } };
    for (const { name, dims, view } of this.places()) dict[name] = { data: view().slice(), dims: [...dims] };
    return dict;
  }

  /**
   * Copies a state in, strictly: every tensor of `stateDict()` and no other. On error nothing changes.
   *
   * @throws {TypeError | RangeError | Error} if a tensor is missing, unknown, or has other dims
   */
  loadStateDict(dict: StateDict): void {
    this.assertAlive('loadStateDict');
    const who = `${this.type}.loadStateDict`;
    const places = this.places();
    const [step, ...tensors] = matchStateDict([STEP, ...places], dict, who);
    const [high, low] = step.data;
    if (![high, low].every((digit) => Number.isInteger(digit) && digit >= 0 && digit < STEP_DIGIT)) {
      throw rangeError(`${who}: step: got ${high}, ${low}, expected two integers from 0 to ${STEP_DIGIT - 1}`);
    }
    this.steps = high * STEP_DIGIT + low;
    places.forEach(({ view }, i) => {
      view().set(tensors[i].data);
    });
  }

  /** Gives the moments' memory back. */
  dispose(): void {
    this.alive = false;
    this.slabs.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  /** @internal What its steps depend on besides the learning rate, as JSON can hold it. */
  abstract readonly settings: Readonly<Record<string, unknown>>;

  /** @internal Changes some of the flat values by their gradients. */
  protected abstract update(run: Run): void;

  /** @internal What groups add to `settings`. */
  protected get groupSettings(): Readonly<Record<string, unknown>> {
    const [first] = this.groups;
    const alike = this.groups.every((group) => sameGroup(group, first));
    return alike
      ? {}
      : { groups: this.groups.map(({ factor, absolute, weightDecay }) => [absolute ?? factor, weightDecay]) };
  }

  /** All weights but the frozen ones, neighbours that are trained alike together: one run where all are. */
  private runs(): Run[] {
    const runs: (Run & { group: Group })[] = [];
    this.groups.forEach((group, i) => {
      if (this.parameters.isFrozen(i)) return;
      const { start, size } = this.parameters.runOf(i);
      const last = runs[runs.length - 1];
      if (last && sameGroup(last.group, group) && last.offset + last.size * 4 === start * 4) {
        runs[runs.length - 1] = { ...last, size: last.size + size };
        return;
      }
      const learningRate = group.absolute ?? this.learningRate * group.factor;
      runs.push({ offset: start * 4, size, learningRate, weightDecay: group.weightDecay, group });
    });
    return runs;
  }

  /** @internal The address of a moment of all weights; 0 if there are fewer. */
  protected moment(index: number): number {
    return index < this.moments.length ? this.first + index * this.parameters.size * 4 : 0;
  }

  private places(): (ParameterDims & { view(): Float32Array })[] {
    const { parameters } = this;
    return this.moments.flatMap((moment, m) =>
      [...parameters].map(({ name, dims, value }, i) => ({
        name: `${moment}.${name}`,
        dims,
        view: () => {
          const at = (this.moment(m) + parameters.valueAt(i) - parameters.values) / 4;
          return parameters.engine.f32.subarray(at, at + value.length);
        },
      })),
    );
  }

  private assertAlive(method: string): void {
    if (!this.alive)
      throw new HiddenstateError(
        'DISPOSED',
        `${this.type}.${method}: got a disposed ${this.type}, expected a live one`,
      );
    this.parameters.assertAlive(method);
  }
}

/**
 * Checks what every optimiser is made of.
 *
 * @throws {TypeError} if `parameters` are not a tape's, or an option is unknown
 */
export function assertOptimizer(parameters: Parameters, options: object, names: readonly string[], who: string): void {
  if (typeof parameters?.pull !== 'function') {
    throw typeError(`${who}: got parameters ${describeValue(parameters)}, expected those of a tape`);
  }
  assertOptions(options, ['learningRate', 'weightDecay', 'groups', ...names], who);
}

function sameGroup(a: Group, b: Group): boolean {
  return a.factor === b.factor && a.absolute === b.absolute && a.weightDecay === b.weightDecay;
}

/** What each weight is trained with. */
function groupsOf(
  parameters: Parameters,
  groups: readonly ParameterGroup[],
  base: number,
  decay: number,
  who: string,
): readonly Group[] {
  const own: Group = { factor: 1, absolute: undefined, weightDecay: decay };
  const each: Group[] = new Array(parameters.length).fill(own);
  if (!Array.isArray(groups)) throw typeError(`${who}: groups: got ${describeValue(groups)}, expected an array`);
  groups.forEach((group: ParameterGroup, g) => {
    const at = `${who}: groups[${g}]`;
    assertOptions(group, ['parameters', 'learningRate', 'weightDecay'], at);
    const { learningRate = base, weightDecay = decay } = group;
    assertFinite(learningRate, `${at}: learningRate`, 0);
    assertFinite(weightDecay, `${at}: weightDecay`, 0);
    for (const i of parameters.placesOf(group.parameters, `${at}: parameters`)) {
      if (each[i] !== own) {
        throw rangeError(
          `${at}: parameters: got ${parameters.at(i)?.name}, which is in another group, expected it in one`,
        );
      }
      each[i] = {
        factor: base > 0 ? learningRate / base : 1,
        absolute: base > 0 ? undefined : learningRate,
        weightDecay,
      };
    }
  });
  return each;
}
