/**
 * How much of a quantum an LSTM(40) amplifier takes in the audio thread of Chromium, while the other core is busy:
 *
 *     npm run build && node bench/worklet/run.js [seconds]
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const ROOT = join(import.meta.dirname, '../..');
const SECONDS = Number(process.argv[2] ?? 60);
const UNITS = 40;

/** A Neural Amp Modeler file of random weights, made of integers alone. */
function model() {
  const count = 4 * UNITS * (1 + UNITS) + 4 * UNITS + 2 * UNITS + UNITS + 1;
  const weights = Array.from({ length: count }, (_, i) => (0.3 * (Math.imul(i + 1, 2654435761) >> 8)) / 2 ** 23);
  const config = { input_size: 1, hidden_size: UNITS, num_layers: 1 };
  return JSON.stringify({ version: '0.5.4', architecture: 'LSTM', config, weights, sample_rate: 48_000 });
}

const server = createServer(({ url }, response) => {
  // For a SharedArrayBuffer.
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-embedder-policy', 'require-corp');
  const path = join(ROOT, url);
  if (url.endsWith('.js') && existsSync(path)) {
    response.setHeader('content-type', 'text/javascript');
    createReadStream(path).pipe(response);
  } else {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><script type="module" src="/bench/worklet/page.js"></script>');
  }
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  protocolTimeout: (SECONDS + 60) * 1000,
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/bench/worklet/index.html`);
await page.waitForFunction(() => globalThis.results === 'ready');
const reports = await page.evaluate((argument) => globalThis.measure(argument), { seconds: SECONDS, model: model() });
const version = await browser.version();
await browser.close();
server.close();

const [{ budget }] = reports;
const quanta = reports.reduce((sum, report) => sum + report.quanta, 0);
const micros = reports.reduce((sum, report) => sum + report.micros * report.quanta, 0) / quanta;
const worst = Math.max(...reports.map((report) => report.worst));
const share = (time) => `${time.toFixed(0)} µs, ${((100 * time) / budget).toFixed(1)} %`;
console.log(`${version}, LSTM(${UNITS}) at 48 kHz, ${quanta} quanta of ${budget.toFixed(0)} µs`);
console.log(`a quantum: ${share(micros)}; the worst: ${share(worst)}; underruns: ${reports.at(-1).underruns}`);
