import type { Arguments } from './arguments.js';
import { CliError } from './cli-error.js';

/**
 * What the user says of the first row.
 *
 * @returns undefined if nothing
 * @throws {CliError} if both things at once
 */
export function headerOption(args: Arguments): boolean | undefined {
  const [header, noHeader] = [args.has('header'), args.has('no-header')];
  if (header && noHeader) throw new CliError('got --header and --no-header, expected one of them at most');
  return header || noHeader ? header : undefined;
}
