/**
 * Builds the site: `node site/build.mjs` writes `site/dist`, static files that work from any folder.
 *
 * pages/ and ../docs become HTML, ../bindings the reference, panels/ the custom elements over the built package.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { collectPages } from './steps/pages.mjs';
import { bundlePanels } from './steps/panels.mjs';
import { makeReference } from './steps/reference.mjs';
import { makeRelative } from './steps/relative-links.mjs';
import { collectSamples } from './steps/samples.mjs';
import { makeSearchIndex } from './steps/search-index.mjs';

const SITE = import.meta.dirname;
const ROOT = join(SITE, '..');
const PAGES = join(SITE, '.pages');
const OUT = join(SITE, 'dist');

for (const folder of [PAGES, OUT]) await rm(folder, { recursive: true, force: true });
await mkdir(join(PAGES, 'public'), { recursive: true });
await step('Collecting pages and guides', () => collectPages({ site: SITE, root: ROOT, out: PAGES }));
await step('Reading the reference from the docstrings', () => makeReference({ root: ROOT, out: join(PAGES, 'api') }));
await step('Copying sample models', () => collectSamples({ root: ROOT, out: join(PAGES, 'public', 'samples') }));
await step('Bundling the panels', () => bundlePanels({ site: SITE, root: ROOT, out: join(PAGES, 'public', 'panels') }));
await step('Indexing the words', () => makeSearchIndex({ pages: PAGES, out: join(PAGES, 'public', 'search.json') }));
await step('Writing HTML', () => runVitePress());
await step('Making links relative', () => makeRelative(OUT));
process.stderr.write(`The site is in ${OUT}\n`);

async function step(label, work) {
  const start = performance.now();
  process.stderr.write(`${label} … `);
  await work();
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

function runVitePress() {
  const program = join(SITE, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'build', SITE], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`vitepress build failed:\n${stdout}\n${stderr}`);
}
