import type { MeterReport } from './messages.js';

/** A clock of the scope: that of whole milliseconds is the only one that audio threads have today. */
interface Clock {
  readonly now: () => number;
  /** Milliseconds between two ticks. */
  readonly tick: number;
}

function clockOfScope(): Clock {
  const { performance } = globalThis as { performance?: { now(): number } };
  return performance ? { now: () => performance.now(), tick: 0 } : { now: Date.now, tick: 1 };
}

/** Sound that is missing since the report before, in milliseconds, above which it was too late: clocks drift by less. */
const LEAST_GAP_MS = 2;

/** Measures quanta, and whether sound keeps up with the time. */
export class Meter {
  private readonly clock = clockOfScope();
  private readonly quantaAtOnce: number;
  private began = 0;
  private quanta = 0;
  private total = 0;
  private longest = 0;
  /** How far sound is behind the time, in milliseconds, the least since the report before; and at that one. */
  private behind = Number.POSITIVE_INFINITY;
  private before = Number.NaN;
  private underruns = 0;

  /**
   * @param quantumMs that a quantum lasts
   * @param everyMs that a report covers
   * @param live whether sound can come too late
   */
  constructor(
    private readonly quantumMs: number,
    everyMs: number,
    private readonly live: boolean,
    private readonly tell: (report: MeterReport) => void,
  ) {
    this.quantaAtOnce = Math.max(1, Math.round(everyMs / quantumMs));
  }

  begin(): void {
    this.began = this.clock.now();
  }

  /** @param soundMs time of the quantum on the clock of the sound */
  end(soundMs: number): void {
    const now = this.clock.now();
    const took = now - this.began;
    this.total += took;
    this.quanta++;
    if (took > this.longest) this.longest = took;
    if (this.began - soundMs < this.behind) this.behind = this.began - soundMs;
    if (this.quanta >= this.quantaAtOnce) this.report();
  }

  /** Sound stood still on purpose: what is missing was not too late. */
  resume(): void {
    this.behind = Number.POSITIVE_INFINITY;
    this.before = Number.NaN;
  }

  private report(): void {
    const { quanta, total, longest, behind, before, quantumMs } = this;
    const { tick } = this.clock;
    if (this.live && behind - before > Math.max(quantumMs, LEAST_GAP_MS)) this.underruns++;
    this.before = behind;
    this.quanta = 0;
    this.total = 0;
    this.longest = 0;
    this.behind = Number.POSITIVE_INFINITY;
    this.tell({
      quanta,
      micros: (1000 * total) / quanta,
      worst: 1000 * Math.max(0, longest - tick),
      resolution: 1000 * tick,
      budget: 1000 * quantumMs,
      underruns: this.underruns,
    });
  }
}
