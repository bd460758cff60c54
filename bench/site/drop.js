/**
 * Milliseconds from the drop of Silero on *Your file* until the panel says that it runs, shows its layers, and shows all; each drop in a
 * page that was just opened, with nothing cached: `npm run build && npm run build:site && node bench/site/drop.js [drops]`
 */
import { inBrowsers, median } from './browsers.js';

const DROPS = Number(process.argv[2] ?? 9);
/** How long a visitor looks at the page before the file hangs over it, and how long it hangs there. */
const LOOKING = 500;
const HANGING = 300;

/** What is waited for, by what the page then holds. */
const PARTS = {
  'it runs': '.status .lamp.good',
  layers: '.file figure svg rect',
  all: '.file .scroll + p.small',
};

await inBrowsers(async ({ name, newPage, address }) => {
  const drops = [];
  for (let i = 0; i < DROPS; i++) {
    const page = await newPage();
    await page.goto(`${address}file.html`);
    drops.push(await page.evaluate(dropAndWait, { parts: PARTS, looking: LOOKING, hanging: HANGING }));
    await page.close();
  }
  const said = Object.keys(PARTS).map((part) => {
    const times = drops.map((drop) => drop[part]);
    return `${part} ${median(times).toFixed(0)} (${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)})`;
  });
  console.log(`${name}, median of ${DROPS} drops (range), ms: ${said.join(', ')}`);
});

/** In the page. Times are those of the frame in which a part is painted. */
async function dropAndWait({ parts, looking, hanging }) {
  const bytes = await (await fetch('samples/silero-vad-v6.onnx')).arrayBuffer();
  const file = new File([bytes], 'silero_vad.onnx');
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const panel = document.querySelector('hs-file');
  const send = (type) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(file);
    panel.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  };
  await pause(looking);
  send('dragenter');
  await pause(hanging);
  const found = {};
  const start = performance.now();
  send('drop');
  await new Promise((resolve) => {
    const look = () => {
      for (const [part, selector] of Object.entries(parts))
        if (!(part in found) && panel.querySelector(selector)) found[part] = performance.now() - start;
      if (Object.keys(found).length < Object.keys(parts).length) requestAnimationFrame(look);
      else resolve();
    };
    requestAnimationFrame(look);
  });
  return found;
}
