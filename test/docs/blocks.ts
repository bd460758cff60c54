/** The code blocks of README.md and of docs/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../structure/import-graph.js';

export interface Block {
  /** `docs/onnx.md:6`: the page, and the line at which the block begins. */
  readonly place: string;
  readonly page: string;
  /** `js`, `ts`, `sh` … */
  readonly language: string;
  /** What stands behind the language: where the block runs instead. */
  readonly mark: string;
  readonly code: string;
}

/** Pages whose blocks are run. */
export const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Every fenced block of a page. */
export function blocksOf(page: string): Block[] {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\S*) *(.*)$/.exec(lines[i]);
    if (!fence) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: the block has no end`);
    const code = lines.slice(i + 1, end).join('\n');
    blocks.push({ place: `${page}:${i + 1}`, page, language: fence[1], mark: fence[2].trim(), code });
    i = end;
  }
  return blocks;
}
