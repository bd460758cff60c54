#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { nearest } from '../nearest.js';
import { isHelp } from './arguments.js';
import { CliError } from './cli-error.js';
import type { Command } from './command.js';
import { bench } from './commands/bench.js';
import { forecast } from './commands/forecast.js';
import { generate } from './commands/generate.js';
import { gradients } from './commands/gradients.js';
import { helpCommand } from './commands/help.js';
import { inspect } from './commands/inspect.js';
import { keyed } from './commands/keyed.js';
import { quantize } from './commands/quantize.js';
import { run } from './commands/run.js';
import { text } from './commands/text.js';
import { train } from './commands/train.js';
import { vad } from './commands/vad.js';
import { programHelp } from './help-text.js';
import { reportErrors, runCommand } from './run-command.js';
import { watchStandardStreams, writeOut } from './terminal/standard-output.js';

const COMMANDS: readonly Command[] = [
  generate,
  run,
  forecast,
  text,
  train,
  gradients,
  inspect,
  vad,
  quantize,
  keyed,
  bench,
  helpCommand(() => COMMANDS),
];

watchStandardStreams();
const [name, ...rest] = process.argv.slice(2);
const command = COMMANDS.find((each) => each.name === name);
process.exitCode = await reportErrors(command, () => (command ? runCommand(command, rest) : runWithout(name)));

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
