import { accessSync, constants, writeSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';

/** A browser of the system. */
export interface SystemBrowser {
  readonly name: string;
  /** Where it is; undefined where it is not installed. */
  readonly path: string | undefined;
  /** @param microphone a WAV file that pages hear again and again, in Chromium; a tone otherwise */
  launch(microphone?: string): Promise<Browser>;
}

/** A loaded two-core machine starts a browser slowly; nothing here waits longer than it must. */
const PATIENCE = 120_000;

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Sound without a click, a microphone without a question.
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

const FIREFOX_PREFERENCES = {
  // Without a sound card contexts stay suspended: this one plays to nobody.
  'media.cubeb.force_mock_context': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
};

/** Chromium or a relative of it; `CHROMIUM_PATH` wins over what is found. */
export function findChromium(): SystemBrowser {
  const path = process.env.CHROMIUM_PATH ?? find('chromium', 'chromium-browser', 'google-chrome');
  const launch = (microphone?: string) => {
    const args = microphone ? [...CHROMIUM_FLAGS, `--use-file-for-fake-audio-capture=${microphone}`] : CHROMIUM_FLAGS;
    return puppeteer.launch({ executablePath: path, headless: true, args, timeout: PATIENCE });
  };
  return orExplain({ name: 'Chromium', path, launch }, 'chromium', 'CHROMIUM_PATH');
}

/** Firefox; `FIREFOX_PATH` wins over what is found. */
export function findFirefox(): SystemBrowser {
  const path = process.env.FIREFOX_PATH ?? find('firefox-esr', 'firefox');
  const launch = () =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: path,
      headless: true,
      timeout: PATIENCE,
      extraPrefsFirefox: FIREFOX_PREFERENCES,
    });
  return orExplain({ name: 'Firefox', path, launch }, 'firefox-esr', 'FIREFOX_PATH');
}

function find(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Says on one line, past the test runner's headings, that a browser is missing. */
function orExplain(browser: SystemBrowser, debianPackage: string, variable: string): SystemBrowser {
  if (browser.path === undefined) {
    const how = `apt-get install -y ${debianPackage}, or set ${variable}`;
    writeSync(1, `${browser.name} is not installed: its browser tests are left out (to run them: ${how})\n`);
  }
  return browser;
}
