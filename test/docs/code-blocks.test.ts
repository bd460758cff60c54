/** Every block of code of README.md and docs/ is what it says: programs type-check and run, command lines are understood. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { hiddenstate } from '../cli/cli.js';
import { ROOT } from '../structure/import-graph.js';
import { type Block, blocksOf, PAGES } from './blocks.js';
import { emptyFolder, furnish, typeErrors, writeProgram } from './programs.js';
import { SETTINGS, type Setting } from './settings.js';

const BLOCKS = PAGES.flatMap(blocksOf);
const FOLDER = join(ROOT, 'build/code-blocks');

/** Marks behind a block's language: where it runs instead. */
const MARKS: Readonly<Record<string, string>> = {
  bundler: 'the configuration of a bundler, run by test/hosts',
  worker: 'a program of workerd, run by test/hosts',
  page: 'a program of a page, run by test/hosts and test/browser',
  redis: 'a program that needs a Redis and runs until it is stopped, as those of test/keyed',
};

const programs = BLOCKS.filter(({ language, mark }) => (language === 'js' || language === 'ts') && !mark);

function settingOf({ page, code }: Block): Setting {
  const settings = SETTINGS[page] ?? {};
  const beginning = Object.keys(settings).find((each) => code.startsWith(each));
  return beginning === undefined ? {} : settings[beginning];
}

const folderOf = (block: Block) => join(FOLDER, block.place.replace(/\W/g, '-'));

beforeAll(() => {
  emptyFolder('code-blocks');
  for (const block of programs) {
    const { files, before = '' } = settingOf(block);
    furnish(folderOf(block), files);
    writeProgram(folderOf(block), 'block', `${before}\n${block.code}`);
  }
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

it('every block has a language that is looked at, and a mark only where it cannot run here', () => {
  const languages = new Set(['js', 'ts', 'sh', 'py', 'json', 'ini', 'dockerfile', 'diff', 'text', '']);
  for (const { place, language, mark } of BLOCKS) {
    expect(languages, place).toContain(language);
    if (mark) expect(Object.keys(MARKS), `${place}: mark`).toContain(mark);
  }
  expect(programs.length).toBeGreaterThan(15);
});

it('every setting belongs to a block', () => {
  for (const [page, settings] of Object.entries(SETTINGS)) {
    for (const beginning of Object.keys(settings)) {
      const count = BLOCKS.filter((block) => block.page === page && block.code.startsWith(beginning)).length;
      expect(count, `${page}: ${beginning}`).toBe(1);
    }
  }
});

describe('a program', () => {
  it('type-checks', { timeout: 240_000 }, () => {
    const paths = programs.map((block) => join(folderOf(block), 'block.mts'));
    // Parameters of functions in the blocks of JavaScript have no types.
    expect(typeErrors(paths, FOLDER, { noImplicitAny: false })).toBe('');
  });

  test.each(programs.map((block) => [block.place, block] as const))(
    'of %s runs',
    { timeout: 120_000 },
    async (_, block) => {
      const child = spawn(process.execPath, ['block.mjs'], {
        cwd: folderOf(block),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (data) => {
        errors += data;
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect([code, errors]).toEqual([0, '']);
    },
  );
});

describe('a block that cannot run here', () => {
  const others = BLOCKS.filter(({ language, mark }) => mark || language === 'json');

  test.each(others.map((block) => [block.place, block] as const))('%s can be read', (_, { language, code }) => {
    if (language === 'json') JSON.parse(code);
    else transformSync(code, { loader: 'ts' });
  });
});

describe('a command line', () => {
  const lines = BLOCKS.filter(({ language }) => language === 'sh').flatMap(({ place, code }) =>
    code.split('\n').map((line) => [place, line.replace(/\s+#.*$|^#.*$|;.*$/, '').trim()] as const),
  );
  const starting = (beginning: string) => lines.filter(([, line]) => line.startsWith(beginning));
  const { scripts, name } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  test.each(starting('npx hiddenstate'))('of %s is understood: %s', (_, line) => {
    const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain).slice(2);
    expect(hiddenstate([...args, '--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(lines.filter(([, line]) => /\bnpm\b/.test(line)))('of %s names scripts that there are: %s', (_, line) => {
    for (const [, script, short] of line.matchAll(/npm (?:run ([\w:]+)|(test|start)\b)/g)) {
      expect(Object.keys(scripts)).toContain(script ?? short);
    }
    for (const [, installed] of line.matchAll(/npm (?:install|i) (@?[\w/-]+)/g)) {
      expect([name, '@ricky0123/vad-web', 'onnxruntime-common']).toContain(installed);
    }
  });
});
