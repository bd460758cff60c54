import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { CliError, describeSystemError, oneLine, SaidError } from '../cli-error.js';

/** How long a loop that never waits may go on before signals and a closed pipe get their turn. */
const TURN_MILLISECONDS = 20;
let lastTurn = 0;

/** Lets the event loop turn now and then: only so does a loop learn of Ctrl-C, or that its reader has gone. */
export async function takeTurn(): Promise<void> {
  if (performance.now() - lastTurn < TURN_MILLISECONDS) return;
  await turn();
  lastTurn = performance.now();
}

/**
 * Writes to stdout, waits where the reader is slow, and takes turns.
 *
 * @param text written as it is
 */
export async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  await takeTurn();
}

/** Writes lines to stderr, control characters in them as escapes: what is about the work and not its result. */
export function writeErr(...lines: readonly string[]): void {
  process.stderr.write(`${lines.map(oneLine).join('\n')}\n`);
}

/** Ends the program quietly when a reader goes away (`| head -1`), with one line when the disk is full. */
export function watchStandardStreams(): void {
  process.stdout.on('error', endOfOutput);
  process.stderr.on('error', endOfOutput);
}

function endOfOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  process.exit(reportError('hiddenstate', new CliError(`cannot write the output: ${describeSystemError(error)}`)));
}

/**
 * Shows an error as one line on stderr.
 *
 * @param who the beginning of the line
 * @returns the exit code
 */
export function reportError(who: string, error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SaidError)) writeErr(`${who}: ${message}`);
  return error instanceof CliError ? error.exitCode : 2;
}
