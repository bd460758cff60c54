/** An option of a command: what the parser accepts and what the help says. */
export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What the help calls its value; absent where it takes none. */
  readonly value?: string;
  /** One line, default included. */
  readonly help: string;
  /** Whether its value names a file that is written. */
  readonly output?: boolean;
}

/** What a command works on: the argument without dashes. */
export interface Operand {
  /** In capitals, as the help shows it. */
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
}

/** What a command can be given: from it arguments are parsed and the help is written. */
export interface Syntax {
  readonly name: string;
  readonly operand?: Operand;
  /** Where its result goes, if that is an argument too; comes after the operand. */
  readonly target?: Operand;
  readonly options: readonly Option[];
}
