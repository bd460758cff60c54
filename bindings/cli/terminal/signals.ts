import { constants } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let holders = 0;

/**
 * Takes signals over while something has to be tidied up before the program ends: a half-written file. At all other times
 * nobody listens, and the system ends the program at once, whatever it is doing: work that keeps the event loop from turning
 * would keep a listener from hearing of Ctrl-C.
 */
export function holdSignals(): void {
  if (holders++ === 0) for (const signal of SIGNALS) process.on(signal, end);
}

/**
 * Leaves signals to the system again, once for every `holdSignals`: when the event loop has asked for those that came meanwhile, which
 * would be lost with their listener. To be awaited before work that keeps the loop from turning.
 */
export async function releaseSignals(): Promise<void> {
  // The first may end the turn that has asked already.
  await turn();
  await turn();
  if (--holders === 0) for (const signal of SIGNALS) process.removeListener(signal, end);
}

/** Listeners of `exit` tidy up. */
function end(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}
