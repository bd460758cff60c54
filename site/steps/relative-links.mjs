import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Turns links from the root into links from the page, so that the site works in any folder, and from a disk. The one inline
 * script of VitePress, which looks for a Mac, is left out: the policy of the site allows none.
 */
export async function makeRelative(folder) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.html')) continue;
    const path = join(folder, name);
    const up = '../'.repeat(name.split('/').length - 1) || './';
    const html = await readFile(path, 'utf8');
    await writeFile(
      path,
      html
        .replace(/<script id="check-mac-os">.*?<\/script>/s, '')
        .replace(
          /\b(href|src|model|index|sample|series|ort|recording|amplifier|processor|text)="\/(?!\/)/g,
          `$1="${up}`,
        ),
    );
  }
}
