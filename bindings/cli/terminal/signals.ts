import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the program quietly on Ctrl-C and its kin, with the exit code that shells give them, after tidying up. */
export function endOnSignals(): void {
  for (const signal of SIGNALS) process.on(signal, end);
}

/**
 * Lets the system end the program at once, without tidying up: for work that keeps the event loop from turning, which
 * would keep `endOnSignals` from hearing of a signal.
 */
export function leaveSignalsToSystem(): void {
  for (const signal of SIGNALS) process.removeListener(signal, end);
}

function end(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}
