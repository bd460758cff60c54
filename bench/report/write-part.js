import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Writes what was measured into a page, between `<!-- measured: name -->` and `<!-- end: name -->`.
 *
 * @param {string} page below docs/
 * @param {string} name of the part
 * @param {string} text Markdown
 */
export function writePart(page, name, text) {
  const path = fileURLToPath(new URL(`../../docs/${page}`, import.meta.url));
  const old = readFileSync(path, 'utf8');
  const [begin, end] = [`<!-- measured: ${name} -->\n`, `<!-- end: ${name} -->`];
  const from = old.indexOf(begin);
  const to = old.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path}: no part "${name}" to write into`);
  writeFileSync(path, `${old.slice(0, from)}${begin}\n${text.trimEnd()}\n\n${old.slice(to)}`);
}
