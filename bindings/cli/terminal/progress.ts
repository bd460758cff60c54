/** Work shorter than this needs no progress. */
const DELAY_SECONDS = 2;
/** A terminal's line is rewritten, a log gets a new one each time. */
const TERMINAL_SECONDS = 0.1;
const LOG_SECONDS = 10;

/** Shows on stderr how far long work has come and how long it will still take. */
export class Progress {
  private readonly begin = performance.now();
  private shown = Number.NEGATIVE_INFINITY;
  private visible = false;

  /** @param label what is going on */
  constructor(private readonly label: string) {}

  /**
   * Tells how far the work has come. Cheap to call often.
   *
   * @param fraction done, from 0 to 1; undefined where the end is not known
   * @param note what to show beside it
   */
  update(fraction: number | undefined, note: () => string): void {
    const seconds = (performance.now() - this.begin) / 1000;
    if (seconds < DELAY_SECONDS) return;
    const { isTTY, columns } = process.stderr;
    if (seconds - this.shown < (isTTY ? TERMINAL_SECONDS : LOG_SECONDS)) return;
    this.shown = seconds;
    const line = `${this.label}: ${[...estimate(fraction, seconds), note()].filter(Boolean).join(', ')}`;
    if (isTTY)
      process.stderr.write(
        `\r${Array.from(line)
          .slice(0, (columns || 80) - 1)
          .join('')}\x1b[K`,
      );
    else process.stderr.write(`${line}\n`);
    this.visible = Boolean(isTTY);
  }

  /** Takes the line off the terminal, so that something else can be written there. */
  clear(): void {
    if (!this.visible) return;
    process.stderr.write('\r\x1b[K');
    this.visible = false;
    this.shown = Number.NEGATIVE_INFINITY;
  }
}

function estimate(fraction: number | undefined, seconds: number): string[] {
  if (fraction === undefined || !(fraction > 0)) return [];
  const left = (seconds / fraction) * (1 - fraction);
  return [`${Math.floor(fraction * 100)} %`, `${formatLeft(left)} left`];
}

/** `0:05`, `12:30` */
function formatLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
