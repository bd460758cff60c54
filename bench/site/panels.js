/** The seven panels, and how a visitor uses each for some seconds. */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** @type {{ path: string, use(page: import('puppeteer-core').Page): Promise<void> }[]} */
export const PANELS = [
  {
    path: 'write.html#seed=3',
    async use(page) {
      await pause(4);
      await press(page, 'Pause');
      await pause(1);
      await slide(page, 10);
      await press(page, 'Remove (hold at 0)');
      await press(page, 'Write');
      await pause(2);
    },
  },
  {
    path: 'ladder.html',
    async use(page) {
      await says(page, '.status b', 'Learnt');
      await slide(page, 4);
      await pause(1);
      await press(page, '한국어');
      await says(page, '.status b', '배웠습니다');
    },
  },
  {
    path: 'train.html#data=sunspots&cell=GRU&units=16',
    async use(page) {
      await says(page, '.status b', 'Ready');
      await press(page, 'Train');
      await says(page, '.status b', 'Done');
      await press(page, 'Race');
      await pause(5);
    },
  },
  {
    path: 'file.html',
    async use(page) {
      await page.mouse.move(300, 300);
      await page.mouse.move(310, 310);
      await pause(0.5);
      await press(page, 'Use Silero VAD');
      await says(page, '.status b', 'It runs');
      await press(page, 'On noise');
      await says(page, '.file', 'a run.');
      await press(page, 'Race against onnxruntime-web');
      await says(page, '.file', 'Outputs agree');
    },
  },
  {
    path: 'listen.html',
    async use(page) {
      await says(page, 'main', 'Ready');
      await press(page, 'Play the line');
      await pause(3);
      await press(page, 'Stop');
      await press(page, 'Microphone');
      await press(page, 'Listen');
      await pause(4);
    },
  },
  {
    path: 'forecast.html#seeds=1',
    async use(page) {
      await page.waitForSelector('.drop .btn.main');
      await page.click('.drop .btn.main');
      await says(page, '.status b', 'Done');
      await slide(page, 2);
      await says(page, '.status b', 'Done');
    },
  },
  {
    path: 'measure.html',
    async use(page) {
      await page.waitForSelector('.btn.main');
      await page.click('.btn.main');
      await says(page, '.status b', 'Done');
    },
  },
];

/** Presses a button; one that is not there, or is called otherwise just now, is an error. */
async function press(page, name) {
  const pressed = await page.evaluate((text) => {
    const button = [...document.querySelectorAll('button')].find((each) => each.textContent === text);
    button?.click();
    return button !== undefined;
  }, name);
  if (!pressed) throw new Error(`there is no button ${name}`);
}

/** Moves the first slider so many steps by its keys. */
async function slide(page, steps) {
  await page.focus('input[type=range]');
  for (let i = 0; i < steps; i++) {
    await page.keyboard.press('ArrowRight');
    await pause(0.1);
  }
}

async function says(page, selector, text) {
  await page.waitForFunction(
    (place, part) => document.querySelector(place)?.textContent?.includes(part),
    { timeout: 120_000, polling: 100 },
    selector,
    text,
  );
}
