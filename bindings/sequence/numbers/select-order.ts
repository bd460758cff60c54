import { typeError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { checkSeries } from './check-series.js';
import { CRITERIA, type Criteria, type Criterion, criteriaOf, gaussianLogLikelihood } from './criteria.js';
import { type DeterministicOptions, DeterministicTerms, designColumns, designNames } from './design.js';
import { LeastSquares } from './least-squares.js';

/** Options of `selectOrder`. */
export interface SelectOrderOptions extends DeterministicOptions {
  /** The greatest order tried. */
  maxOrder: number;
  /** What is made least (default: `bic`). */
  criterion?: Criterion;
}

/** What the criteria say of one order. */
export interface OrderCriteria extends Criteria {
  readonly order: number;
}

/** The result of `selectOrder`. */
export interface SelectedOrder {
  readonly order: number;
  /** Of orders 0 … maxOrder. */
  readonly criteria: readonly OrderCriteria[];
}

/**
 * Chooses the order of an autoregression: least squares of every order on the same values, those after the first
 * `maxOrder`, as statsmodels' `ar_select_order`. One QR decomposition answers for all orders.
 *
 * @throws {TypeError | RangeError} if an option does not fit, or the series is too short or not all finite numbers
 * @throws {Error} if the system is singular
 *
 * @example
 * ```ts
 * import { Autoregression, selectOrder } from 'hiddenstate/sequence';
 *
 * const series = Array.from({ length: 300 }, (_, t) => Math.sin(t / 5) + Math.sin(t * t) / 5);
 * const { order, criteria } = selectOrder(series, { maxOrder: 12, criterion: 'bic' });
 * const model = new Autoregression({ order }).fit(series);
 * console.log(model.order, criteria.length); // 12 13
 * ```
 */
export function selectOrder(series: ArrayLike<number>, options: SelectOrderOptions): SelectedOrder {
  const who = 'selectOrder';
  assertOptions(options, ['maxOrder', 'criterion', 'trend', 'seasonal', 'period'], who);
  const { maxOrder, criterion = 'bic', ...deterministic } = options;
  assertSize(maxOrder, `${who}: maxOrder`, 0, 10_000);
  if (!CRITERIA.includes(criterion)) {
    throw typeError(`${who}: criterion: got ${describeValue(criterion)}, expected one of "aic", "aicc", "bic", "hqic"`);
  }
  const values = checkSeries(series, who, maxOrder + 2, `for order ${maxOrder}`);
  const terms = new DeterministicTerms(deterministic, who);
  const table = new LeastSquares(designColumns(values, terms, maxOrder), designNames(terms, maxOrder), who);
  const criteria = Array.from({ length: maxOrder + 1 }, (_, order) => {
    const parameters = terms.names.length + order;
    const { squares } = table.solve(parameters);
    const { observations } = table;
    return { order, ...criteriaOf(gaussianLogLikelihood(squares, observations), observations, parameters + 1) };
  });
  const best = criteria.reduce((least, each) => (each[criterion] < least[criterion] ? each : least));
  return { order: best.order, criteria };
}
