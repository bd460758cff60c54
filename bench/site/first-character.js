/**
 * Milliseconds from opening *Write* to the first character that the model wrote, each time in a page that has nothing cached:
 * `npm run build && npm run build:site && node bench/site/first-character.js [openings]`
 */
import { inBrowsers, median } from './browsers.js';

const OPENINGS = Number(process.argv[2] ?? 9);

await inBrowsers(async ({ name, newPage, address }) => {
  const times = [];
  for (let i = 0; i < OPENINGS; i++) {
    const page = await newPage();
    await page.evaluateOnNewDocument(() => {
      globalThis.first = new Promise((resolve) => {
        const look = () => {
          if (document.querySelector('.said i')) resolve(performance.now());
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
    });
    await page.goto(`${address}write.html`);
    times.push(await page.evaluate(() => globalThis.first));
    await page.close();
  }
  const [least, most] = [Math.min(...times), Math.max(...times)].map((time) => time.toFixed(0));
  console.log(`${name}, median of ${OPENINGS} openings (range), ms: ${median(times).toFixed(0)} (${least}–${most})`);
});
