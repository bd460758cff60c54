/**
 * hiddenstate/audio beside the libraries of the registry, on one thread, interleaved:
 *
 *   npm run build && npm --prefix bench/audio ci --ignore-scripts && node bench/audio/run.js [fft] [silero] [pool]
 */
import { transforms } from './fft.js';
import { batch, callsInRealTime, lanes, sileroBytes } from './pool.js';

const ROUNDS = 60;
const SIZE = 512;
const STREAMS = 64;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Bursts in turn: the median and the least time of a run, in microseconds. */
async function interleave(contenders, burst) {
  const times = contenders.map(() => []);
  for (let round = -ROUNDS / 4; round < ROUNDS; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const start = performance.now();
      for (let n = 0; n < burst; n++) {
        const given = run();
        if (given instanceof Promise) await given;
      }
      if (round >= 0) times[i].push(((performance.now() - start) * 1000) / burst);
    }
  }
  return contenders.map(({ id }, i) => ({
    id,
    median: median(times[i]),
    least: Math.min(...times[i]),
    times: times[i],
  }));
}

function report(title, results, scale = 1) {
  console.log(`\n${title}, ${process.version}`);
  for (const { id, median: middle, least, times } of results) {
    const ratio = median(times.map((time, i) => time / results[0].times[i]));
    console.log(
      `${id.padEnd(30)} ${(middle / scale).toFixed(2).padStart(8)} µs, least ${(least / scale).toFixed(2)}, ${ratio.toFixed(2)} × ours`,
    );
  }
}

const PARTS = {
  async fft() {
    const { frame, contenders } = await transforms(SIZE);
    for (const { id, run } of contenders) {
      const back = run();
      frame.forEach((x, n) => {
        if (!(Math.abs(back[n] - x) < 1e-5)) throw new Error(`${id}: got ${back[n]} back, expected ${x}`);
      });
    }
    report(`A real transform of ${SIZE} and back`, await interleave(contenders, 500));
  },
  async silero() {
    for (const version of ['v5', 'v6']) {
      const bytes = sileroBytes(version);
      const contenders = [await lanes(bytes, STREAMS), await batch(bytes, STREAMS)];
      const [got, expected] = [contenders[0].run(), await contenders[1].run()];
      for (let i = 0; i < got.length; i++) {
        const distance = Math.abs(got[i] - expected[STREAMS / 2 + i]);
        if (!(distance < 1e-5)) throw new Error(`stream ${i}: got ${got[i]}, expected ${expected[STREAMS / 2 + i]}`);
      }
      report(`Silero ${version}, ${STREAMS} streams, a frame of one`, await interleave(contenders, 2), STREAMS);
    }
  },
  async pool() {
    for (const calls of [64, 500, 1500]) {
      const { microseconds, calls: most } = await callsInRealTime(sileroBytes('v5'), calls, 1);
      console.log(
        `\nVadPool, ${calls} calls: ${microseconds.toFixed(1)} µs a frame, ${Math.floor(most)} calls a core in real time`,
      );
    }
  },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new RangeError(`got ${unknown}, expected some of ${Object.keys(PARTS)}`);
for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) await PARTS[name]();
