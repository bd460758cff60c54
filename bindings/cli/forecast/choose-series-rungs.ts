import { type LadderOptions, RUNGS, type Rung } from '../../forecast/ladder.js';
import { type Choice, chooseRungs } from '../choose-rungs.js';
import { commandWording } from './read-series.js';

/**
 * The rungs a list names.
 *
 * @param list names with commas between them, or `all`
 * @param count how many values each is first fitted to
 * @throws {CliError} if one is unknown, or needs what is not there
 */
export function chooseSeriesRungs(list: string, options: LadderOptions, count: number): Choice<Rung> {
  return chooseRungs(list, RUNGS, (rung) => rung.need(options, count, (option) => `${commandWording(option)} N`));
}
