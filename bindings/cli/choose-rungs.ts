import { nearest } from '../nearest.js';
import { CliError } from './cli-error.js';

/** A ladder, or some rungs of one. */
export interface Choice<Rung> {
  readonly rungs: readonly Rung[];
  /** What `all` left out, and why, for people. */
  readonly notes: readonly string[];
}

/**
 * The rungs a list names.
 *
 * @param list names with commas between them, or `all`, which leaves out what cannot be made
 * @param needOf what a rung needs and does not have here, if anything
 * @throws {CliError} if a name is unknown, or its rung lacks what it needs
 */
export function chooseRungs<Rung extends { readonly name: string }>(
  list: string,
  ladder: readonly Rung[],
  needOf: (rung: Rung) => string | undefined,
): Choice<Rung> {
  if (list === 'all') {
    const lacking = ladder.filter((rung) => needOf(rung) !== undefined);
    return {
      rungs: ladder.filter((rung) => !lacking.includes(rung)),
      notes: lacking.map((rung) => `left out: ${rung.name} needs ${needOf(rung)}`),
    };
  }
  const names = ladder.map(({ name }) => name);
  const rungs = list.split(',').map((text) => {
    const rung = ladder.find(({ name }) => name === text.trim());
    if (!rung) {
      const meant = nearest(text.trim(), names);
      const advice = meant ? `did you mean "${meant}"?` : `expected all, or some of ${names.join(', ')}`;
      throw new CliError(`--models: there is no model ${JSON.stringify(text.trim())}; ${advice}`);
    }
    const need = needOf(rung);
    if (need !== undefined) throw new CliError(`--models: "${rung.name}" needs ${need}`);
    return rung;
  });
  return { rungs, notes: [] };
}
