import { debuglog } from 'node:util';
import { parseArguments } from './arguments.js';
import type { Command } from './command.js';
import { commandHelp } from './help-text.js';
import { allowOwnInput } from './own-input.js';
import { reportError, writeOut } from './terminal/standard-output.js';

/**
 * Runs one command with its arguments, or shows its help.
 *
 * @param command what to run; undefined where no command was recognised
 * @param run the work itself
 * @returns the exit code; an error is shown as one line on stderr
 */
export async function reportErrors(command: Command | undefined, run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    // NODE_DEBUG=hiddenstate prints the stack.
    debuglog('hiddenstate')('%o', error);
    return reportError(command ? `hiddenstate ${command.name}` : 'hiddenstate', error);
  }
}

/** Reads the arguments of a command and runs it; `--help` shows its help instead. */
export async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
  const args = parseArguments(command, argv);
  if (args.has('force')) allowOwnInput();
  if (args.has('help')) await writeOut(commandHelp(command));
  else await command.run(args);
}
