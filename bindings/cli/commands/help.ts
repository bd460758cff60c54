import { nearest } from '../../nearest.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { commandHelp, programHelp } from '../help-text.js';
import { writeOut } from '../terminal/standard-output.js';

/**
 * `hiddenstate help [COMMAND]`
 *
 * @param commands all of them, this one included: asked for only when it runs
 */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'explain a command',
    description: ['Explains a command: what it does, its options, examples.'],
    operand: {
      name: 'COMMAND',
      help: 'the name of a command; without it, the list of commands',
      optional: true,
    },
    options: [],
    examples: ['help generate'],
    async run({ operand }) {
      if (operand === undefined) return writeOut(programHelp(commands()));
      const command = commands().find(({ name }) => name === operand);
      if (command) return writeOut(commandHelp(command));
      const names = commands().map(({ name }) => name);
      const meant = nearest(operand, names);
      const advice = meant ? `did you mean "${meant}"?` : `expected one of ${names.join(', ')}`;
      throw new CliError(`unknown command ${JSON.stringify(operand)}; ${advice}`);
    },
  };
}
