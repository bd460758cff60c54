/**
 * The longest task of the main thread while each panel runs, used for some seconds as a visitor would:
 * `npm run build && npm run build:site && node bench/site/longest-task.js [panel]`
 *
 * Chromium traces its tasks: from end to end, and the time that they had a processor, before the load event and after it. Firefox tells
 * of none: there a timer of 4 ms says how long it was kept waiting.
 */
import { inBrowsers } from './browsers.js';
import { PANELS } from './panels.js';

const ONLY = process.argv[2];
const TRACED = ['-*', 'disabled-by-default-devtools.timeline', 'blink.user_timing'];
/** Milliseconds between two looks of the timer. */
const TICK = 4;

await inBrowsers(async ({ name, isChromium, newPage, address }) => {
  for (const { path, use } of PANELS) {
    if (ONLY && !path.startsWith(ONLY)) continue;
    const page = await newPage();
    const watch = isChromium ? await traceTasks(page) : await watchTimer(page);
    await page.goto(address + path);
    await use(page);
    console.log(`${name}, ${path}: ${await watch()}`);
    await page.close();
  }
});

/** Starts to trace; the answer ends it. The page marks when it was loaded: pictures of its own have load events as well. */
async function traceTasks(page) {
  await page.evaluateOnNewDocument(() => addEventListener('load', () => performance.mark('page loaded')));
  await page.tracing.start({ categories: TRACED });
  return async () => {
    const { traceEvents } = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
    const thread = ({ pid, tid }) => `${pid} ${tid}`;
    const mark = traceEvents.find(({ name }) => name === 'page loaded');
    const tasks = traceEvents.filter((event) => event.name === 'RunTask' && thread(event) === thread(mark));
    return [
      ['loading', tasks.filter(({ ts }) => ts < mark.ts)],
      ['running', tasks.filter(({ ts }) => ts >= mark.ts)],
    ]
      .map(([when, some]) => `${when} ${longest(some, 'dur')} ms (of the processor ${longest(some, 'tdur')} ms)`)
      .join(', ');
  };
}

function longest(tasks, kind) {
  return (Math.max(0, ...tasks.map((task) => task[kind] ?? 0)) / 1000).toFixed(0);
}

async function watchTimer(page) {
  await page.evaluateOnNewDocument((tick) => {
    globalThis.waits = { loading: 0, running: 0 };
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      const when = document.readyState === 'complete' ? 'running' : 'loading';
      globalThis.waits[when] = Math.max(globalThis.waits[when], now - last - tick);
      last = now;
    }, tick);
  }, TICK);
  return async () => {
    const { loading, running } = await page.evaluate(() => globalThis.waits);
    return `a timer waited ${loading.toFixed(0)} ms while it loaded, ${running.toFixed(0)} ms while it ran`;
  };
}
