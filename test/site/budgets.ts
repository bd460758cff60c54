/** What a page may cost whoever looks at it, beside its bytes: how far things move by themselves, and scripts that nobody ran. */
import { writeSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import type { Page } from 'puppeteer-core';

/** The layout shift that Core Web Vitals call good. */
const MOST_SHIFT = 0.1;
/** Brotli bytes of one script that did not run: Lighthouse names a script from here on. */
const MOST_UNUSED = 20_000;

interface Watch {
  /** The sum of all shifts without a cause in the half second before. */
  shift: number;
  longest: number;
  /** When a test pressed something last: what moves then was asked to. */
  pressed: number;
}

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

/** What Chromium traces the tasks of its threads under, and marks. */
const TRACED = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];

/** Marked by the page itself: pictures in it have load events as well. */
const LOADED = 'page loaded';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** When it began, in microseconds. */
  readonly ts: number;
  /** Microseconds of the thread's own time; there is none of an event without an end. */
  readonly tdur?: number;
}

const watched = new WeakSet<Page>();

/** Watches a page from its first byte on; only Chromium tells of shifts, of long tasks and of what ran. */
export async function watchBudgets(page: Page): Promise<void> {
  watched.add(page);
  await page.coverage.startJSCoverage();
  await page.tracing.start({ categories: ['-*', ...TRACED] });
  await page.evaluateOnNewDocument((mark) => {
    addEventListener('load', () => performance.mark(mark));
    const watch: Watch = { shift: 0, longest: 0, pressed: Number.NEGATIVE_INFINITY };
    Object.assign(globalThis, { budgets: watch });
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, startTime } of list.getEntries() as LayoutShift[])
        if (!hadRecentInput && startTime - watch.pressed > 500) watch.shift += value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watch.longest = Math.max(watch.longest, duration);
    }).observe({ type: 'longtask', buffered: true });
  }, LOADED);
}

/**
 * What is over a budget since a page was opened, once; nothing of a page that is not watched. The longest task is a time, and times
 * of a busy machine prove nothing: it is printed, as the time that it had a processor and from end to end.
 */
export async function overBudget(page: Page): Promise<string[]> {
  if (!watched.delete(page)) return [];
  const { shift, longest } = await page.evaluate(() => (globalThis as unknown as { budgets: Watch }).budgets);
  const scripts = await page.coverage.stopJSCoverage();
  const unused = scripts.map(({ url, text, ranges }) => {
    const ran = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    return { url, bytes: brotliCompressSync(text).length * (1 - ran / text.length) };
  });
  const { loading, running } = longestTasks((await page.tracing.stop()) as Uint8Array);
  const longestText = longest > 0 ? `${Math.round(longest)} ms` : 'under 50 ms';
  writeSync(
    1,
    `${new URL(page.url()).pathname}: longest task ${Math.round(running)} ms of the processor (loading ${Math.round(loading)}), ${longestText} from end to end, moved by ${shift.toFixed(3)}\n`,
  );
  return [
    ...(shift > MOST_SHIFT ? [`what is seen moves by ${shift.toFixed(3)}`] : []),
    ...unused
      .filter(({ bytes }) => bytes > MOST_UNUSED)
      .map(({ url, bytes }) => `${Math.round(bytes / 1000)} KB of ${url} did not run`),
  ];
}

/** Milliseconds of the processor that the longest task of the main thread took, while the page was loaded and afterwards. */
function longestTasks(trace: Uint8Array): { loading: number; running: number } {
  const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as { traceEvents: readonly TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mark = traceEvents.find(({ name }) => name === LOADED);
  if (!mark) throw new Error('the trace holds no page that was loaded');
  const tasks = traceEvents.filter((event) => event.name === 'RunTask' && thread(event) === thread(mark));
  const longest = (some: readonly TraceEvent[]) => some.reduce((most, { tdur = 0 }) => Math.max(most, tdur), 0) / 1000;
  return {
    loading: longest(tasks.filter(({ ts }) => ts < mark.ts)),
    running: longest(tasks.filter(({ ts }) => ts >= mark.ts)),
  };
}
