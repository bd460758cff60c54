import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { transform } from 'esbuild';

const ROOT = import.meta.dirname;
const KERNELS = join(ROOT, 'build');

/** Lets `import bytes from 'kernels.x.wasm'` give the built file in hexadecimal, in the bundle and under the test runner alike. */
export function wasmHex() {
  return {
    name: 'wasm-hex',
    enforce: 'pre',
    resolveId(source) {
      return source.endsWith('.wasm') ? join(KERNELS, basename(source)) : null;
    },
    async load(id) {
      if (!id.endsWith('.wasm')) return null;
      // No mapping: the source map would carry the bytes a second time.
      return { code: `export default ${JSON.stringify((await readFile(id)).toString('hex'))};`, map: { mappings: '' } };
    },
  };
}

/** Reads the source maps that tsc wrote beside its files, so that those of the bundles lead to TypeScript. */
export function compilerMaps() {
  return {
    name: 'compiler-maps',
    async load(id) {
      if (!existsSync(`${id}.map`) || id.includes('/node_modules/')) return null;
      return { code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') };
    },
  };
}

/**
 * Gives third-party code that names `TextDecoder` one that is there in every host: an AudioWorklet, jsdom and a bare realm
 * have none of their own.
 *
 * @param module the file that exports it
 */
export function portableTextDecoder(module) {
  return {
    name: 'portable-text-decoder',
    transform(code, id) {
      if (!id.includes('/node_modules/') || !/\bTextDecoder\b/.test(code)) return null;
      // On the first line, so that the lines of the file keep their numbers.
      return { code: `import { TextDecoder } from ${JSON.stringify(module)}; ${code}`, map: null };
    },
  };
}

const AS_WRITTEN = { target: 'es2022', tsconfigRaw: {}, charset: 'utf8' };

/**
 * Drops the comments, which the declarations have as well, and keeps names and lines: what ships is readable. A source map
 * leads from every line to the TypeScript of ours, which it contains.
 */
export function readable() {
  return {
    name: 'readable',
    renderChunk: (code) => transform(code, { ...AS_WRITTEN, sourcemap: 'external' }),
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.fileName.endsWith('.js.map')) file.source = JSON.stringify(shorten(JSON.parse(file.source)));
      }
    },
  };
}

/** Makes a program small: nobody steps through it or imports from it. Its lines stay short, for the one an error prints. */
export function small() {
  return {
    name: 'small',
    renderChunk: (code) => transform(code, { ...AS_WRITTEN, minify: true, keepNames: true, lineLimit: 160 }),
  };
}

/** One position a line is what a stack trace needs, and a fifth of the size; the text of third-party code is left out. */
function shorten(map) {
  map.sourcesContent = map.sources.map((source, i) => (source.includes('node_modules') ? null : map.sourcesContent[i]));
  map.mappings = encode(decode(map.mappings).map((line) => line.slice(0, 1)));
  return map;
}

/** What the packages' own ways in hide from a bundler: their ES modules. */
export function moduleEntries() {
  const matrix = join(ROOT, 'node_modules/ml-matrix/src/index.js');
  return {
    name: 'module-entries',
    resolveId: (source) => (source === 'ml-matrix' ? matrix : null),
  };
}

/** Packages whose code is in a bundle, with the folder that each came from. */
const bundled = new Map();

/** Notes whose code goes into a bundle, and writes the licences of all bundles so far. */
export function licences(file) {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
      for (const { modules } of chunks) {
        for (const [id, { renderedLength }] of Object.entries(modules)) {
          const folder = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replace(/^\0/, ''))?.[0];
          if (folder && renderedLength > 0) note(folder);
        }
      }
      writeFileSync(file, licenceText());
    },
  };
}

function note(folder) {
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json')));
  bundled.set(name, folder);
}

function licenceText() {
  const names = [...bundled.keys()].sort();
  const intro = `hiddenstate is under the licence in LICENSE. Its files in dist/ contain code of these packages:\n`;
  return [intro, ...names.map((name) => licenceOf(name, bundled.get(name)))].join('\n');
}

function licenceOf(name, folder) {
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const own = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const stated = join(ROOT, 'licences', `${name.replace('/', '__')}.txt`);
  const texts = own.length > 0 ? own : [readFileSync(stated, 'utf8').trim()];
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}
