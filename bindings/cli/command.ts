import type { Arguments } from './arguments.js';
import type { Syntax } from './syntax.js';

/** A command: one description from which its arguments are parsed and its help is written. */
export interface Command extends Syntax {
  /** A few words for the list of commands. */
  readonly summary: string;
  /** What it does and where its results go, in lines of at most 78 characters. */
  readonly description: readonly string[];
  /** Command lines that work as they stand, without the program's name. */
  readonly examples: readonly string[];
  /**
   * @throws {CliError} for what the user can mend; any other error is shown in the same way
   */
  run(args: Arguments): Promise<void>;
}
