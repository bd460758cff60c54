import type { Arguments } from './arguments.js';

/** An option of a command: what the parser accepts and what the help says. */
export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What the help calls its value; absent where it takes none. */
  readonly value?: string;
  /** One line, default included. */
  readonly help: string;
}

/** What a command works on: the argument without dashes. */
export interface Operand {
  /** In capitals, as the help shows it. */
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
}

/** A command: one description from which its arguments are parsed and its help is written. */
export interface Command {
  readonly name: string;
  /** A few words for the list of commands. */
  readonly summary: string;
  /** What it does and where its results go, in lines of at most 78 characters. */
  readonly description: readonly string[];
  readonly operand?: Operand;
  /** Where its result goes, if that is an argument too; comes after the operand. */
  readonly target?: Operand;
  readonly options: readonly Option[];
  /** Command lines that work as they stand, without the program's name. */
  readonly examples: readonly string[];
  /**
   * @throws {CliError} for what the user can mend; any other error is shown in the same way
   */
  run(args: Arguments): Promise<void>;
}
