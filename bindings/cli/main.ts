#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { debuglog } from 'node:util';
import { isHelp, parseArguments } from './arguments.js';
import { CliError } from './cli-error.js';
import type { Command } from './command.js';
import { bench } from './commands/bench.js';
import { forecast } from './commands/forecast.js';
import { generate } from './commands/generate.js';
import { gradients } from './commands/gradients.js';
import { helpCommand } from './commands/help.js';
import { inspect } from './commands/inspect.js';
import { quantize } from './commands/quantize.js';
import { run } from './commands/run.js';
import { text } from './commands/text.js';
import { vad } from './commands/vad.js';
import { commandHelp, programHelp } from './help-text.js';
import { nearest } from './nearest.js';
import { endOnSignals } from './terminal/signals.js';
import { reportError, watchStandardStreams, writeOut } from './terminal/standard-output.js';

const COMMANDS: readonly Command[] = [
  generate,
  run,
  forecast,
  text,
  gradients,
  inspect,
  vad,
  quantize,
  bench,
  helpCommand(() => COMMANDS),
];

watchStandardStreams();
endOnSignals();
process.exitCode = await main(process.argv.slice(2));

async function main([name, ...rest]: readonly string[]): Promise<number> {
  const command = COMMANDS.find((each) => each.name === name);
  try {
    if (command) await runCommand(command, rest);
    else await runWithout(name);
    return 0;
  } catch (error) {
    // NODE_DEBUG=hiddenstate shows where it came from.
    debuglog('hiddenstate')('%o', error);
    return reportError(command ? `hiddenstate ${command.name}` : 'hiddenstate', error);
  }
}

async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
  const args = parseArguments(command, argv);
  if (args.has('help')) await writeOut(commandHelp(command));
  else await command.run(args);
}

/** Everything that is not a command. */
async function runWithout(name: string | undefined): Promise<void> {
  if (name === '--version') return writeOut(`${version()}\n`);
  if (name !== undefined && !isHelp(name)) throw new CliError(unknown(name));
  await writeOut(programHelp(COMMANDS));
  if (name === undefined) throw new CliError('no command given; name one of those above');
}

function unknown(name: string): string {
  const kind = name.startsWith('-') ? 'option' : 'command';
  const names = [...COMMANDS.map((command) => command.name), '--help', '--version'];
  const meant = nearest(name, names);
  return `unknown ${kind} ${JSON.stringify(name)}; ${meant ? `did you mean "${meant}"?` : 'see "hiddenstate help"'}`;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
