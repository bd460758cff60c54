import { nearest } from '../../nearest.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { commandHelp, programHelp } from '../help-text.js';
import { writeOut } from '../terminal/standard-output.js';

/** Commands by their names, each loaded when it is called. */
export type Commands = ReadonlyMap<string, () => Promise<Command>>;

/** All commands, in their order. */
export function loadAll(commands: Commands): Promise<Command[]> {
  return Promise.all(Array.from(commands.values(), (load) => load()));
}

/** `hiddenstate help [COMMAND]` */
export function helpCommand(commands: Commands): Command {
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
      if (operand === undefined) return writeOut(programHelp(await loadAll(commands)));
      const command = await commands.get(operand)?.();
      if (command) return writeOut(commandHelp(command));
      const names = [...commands.keys()];
      const meant = nearest(operand, names);
      const advice = meant ? `did you mean "${meant}"?` : `expected one of ${names.join(', ')}`;
      throw new CliError(`unknown command ${JSON.stringify(operand)}; ${advice}`);
    },
  };
}
