import type { EpochReport, FitCallback, FitProgress } from './options.js';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two changes of the line. */
const EVERY = 100;

/**
 * A line on stderr that says how far a fit is: rewritten in a terminal, one line an epoch in a file. Does nothing where there is
 * no stderr, as in a page.
 */
export function progressLine(): FitCallback {
  const { process } = globalThis as { process?: { stderr?: Terminal } };
  const stderr = process?.stderr;
  let shown = 0;
  const write = (text: string) => stderr?.write(stderr.isTTY ? `\r\u001b[2K${text}` : text);
  return {
    onStep(progress: FitProgress) {
      if (!stderr?.isTTY || performance.now() - shown < EVERY) return;
      shown = performance.now();
      const { epoch, epochs, batch, batches, loss, secondsLeft } = progress;
      write(
        `epoch ${epoch + 1}/${epochs}, ${batch}/${batches}: loss ${digits(loss)}, ${Math.ceil(secondsLeft)} s left`,
      );
    },
    onEpoch({ epoch, loss, validationLoss, metrics, validationMetrics }: EpochReport) {
      const parts = [
        `loss ${digits(loss)}`,
        ...Object.entries(metrics ?? {}).map(([name, value]) => `${name} ${digits(value)}`),
        ...(validationLoss === undefined ? [] : [`validation ${digits(validationLoss)}`]),
        ...Object.entries(validationMetrics ?? {}).map(([name, value]) => `validation ${name} ${digits(value)}`),
      ];
      write(`epoch ${epoch + 1}: ${parts.join(', ')}\n`);
    },
    onEnd() {
      if (stderr?.isTTY) write('');
    },
  };
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}
