#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { nearest } from '../nearest.js';
import { isHelp } from './arguments.js';
import { CliError } from './cli-error.js';
import type { Command } from './command.js';
import { helpCommand, loadAll } from './commands/help.js';
import { programHelp } from './help-text.js';
import { reportErrors, runCommand } from './run-command.js';
import { watchStandardStreams, writeOut } from './terminal/standard-output.js';

/** Each is loaded when it is called: starting would take twice as long with all. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['generate', async () => (await import('./commands/generate.js')).generate],
  ['run', async () => (await import('./commands/run.js')).run],
  ['forecast', async () => (await import('./commands/forecast.js')).forecast],
  ['text', async () => (await import('./commands/text.js')).text],
  ['train', async () => (await import('./commands/train.js')).train],
  ['gradients', async () => (await import('./commands/gradients.js')).gradients],
  ['inspect', async () => (await import('./commands/inspect.js')).inspect],
  ['vad', async () => (await import('./commands/vad.js')).vad],
  ['quantize', async () => (await import('./commands/quantize.js')).quantize],
  ['keyed', async () => (await import('./commands/keyed.js')).keyed],
  ['bench', async () => (await import('./commands/bench.js')).bench],
  ['help', async () => helpCommand(COMMANDS)],
]);

watchStandardStreams();
const [name, ...rest] = process.argv.slice(2);
const command = await COMMANDS.get(name)?.();
process.exitCode = await reportErrors(command, () => (command ? runCommand(command, rest) : runWithout(name)));

/** Everything that is not a command. */
async function runWithout(name: string | undefined): Promise<void> {
  if (name === '--version') return writeOut(`${version()}\n`);
  if (name !== undefined && !isHelp(name)) throw new CliError(unknown(name));
  await writeOut(programHelp(await loadAll(COMMANDS)));
  if (name === undefined) throw new CliError('no command given; name one of those above');
}

function unknown(name: string): string {
  const kind = name.startsWith('-') ? 'option' : 'command';
  const names = [...COMMANDS.keys(), '--help', '--version'];
  const meant = nearest(name, names);
  return `unknown ${kind} ${JSON.stringify(name)}; ${meant ? `did you mean "${meant}"?` : 'see "hiddenstate help"'}`;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
