import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { transform } from 'esbuild';
import MagicString from 'magic-string';

const ROOT = import.meta.dirname;
const KERNELS = join(ROOT, 'build');

/**
 * Lets `import bytes from 'kernels.x.wasm'` give the built file in hexadecimal, in the bundle and under the test runner alike. Debug
 * builds, which no page downloads, are deflated before: that is a third of the bytes.
 */
export function wasmHex() {
  return {
    name: 'wasm-hex',
    enforce: 'pre',
    resolveId(source) {
      return source.endsWith('.wasm') ? join(KERNELS, basename(source)) : null;
    },
    async load(id) {
      if (!id.endsWith('.wasm')) return null;
      const file = await readFile(id);
      const bytes = id.endsWith('.debug.wasm') ? deflateRawSync(file, { level: 9 }) : file;
      // No mapping: the source map would carry the bytes a second time.
      return { code: `export default ${JSON.stringify(bytes.toString('hex'))};`, map: { mappings: '' } };
    },
  };
}

/** Leaves the kernels out that need relaxed SIMD, for a file that takes the baseline build everywhere. */
export function onlyBaseline() {
  const NONE = '\0no-kernels';
  return {
    name: 'only-baseline',
    resolveId: (source) => (source.endsWith('.relaxed.wasm') ? NONE : null),
    load: (id) => (id === NONE ? `export default '';` : null),
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

/** Third-party code says nothing on the console of the program that uses the library; what it would say is computed and dropped. */
export function quiet() {
  return {
    name: 'quiet',
    transform(code, id) {
      if (!id.includes('/node_modules/') || code.search(CONSOLE) < 0) return null;
      return { code: code.replaceAll(CONSOLE, 'Boolean('), map: null };
    },
  };
}

const CONSOLE = /\bconsole\s*\.\s*\w+\s*\(/g;

/**
 * Moves kernels in hexadecimal to the end of their file: between code and code they cost brotli a hundred bytes more. Nothing
 * reads them before the file has run to its end.
 */
export function kernelsLast() {
  return {
    name: 'kernels-last',
    renderChunk(code) {
      const kernels = [...code.matchAll(/^(?:const|var) \w+ = "0061736d[0-9a-f]+";\n/gm)];
      if (kernels.length === 0) return null;
      // The longer build first: most of the shorter one comes again. The other way round it is 36 bytes more for the core's.
      kernels.sort((a, b) => b[0].length - a[0].length);
      const text = new MagicString(code);
      // Before the last line, which is what the file exports.
      const end = code.lastIndexOf('\nexport {') + 1;
      for (const { 0: line, index } of kernels) text.move(index, index + line.length, end);
      return { code: text.toString(), map: text.generateMap({ hires: 'boundary' }) };
    },
  };
}

/** A method whose name is computed. */
const NAMED_BY_SYMBOL = /^ +\[.+\]\(.*\) \{$/m;

/**
 * Lets bundlers drop a class of which nothing is used though a method has a symbol for a name: none can know that to compute the name
 * does nothing, and all take a call's word for it.
 */
export function droppableClasses() {
  return {
    name: 'droppable-classes',
    renderChunk(code) {
      const text = new MagicString(code);
      for (const { 0: all, 1: name, index } of code.matchAll(/^class (\w+).* \{\n(?:.*\n)*?\}$/gm)) {
        if (!NAMED_BY_SYMBOL.test(all)) continue;
        text.appendLeft(index, `const ${name} = /* @__PURE__ */ (() => `);
        text.appendRight(index + all.length, ')();');
      }
      return text.hasChanged() ? { code: text.toString(), map: text.generateMap({ hires: 'boundary' }) } : null;
    },
  };
}

/** In ASCII: V8 keeps a file with one other character in two bytes each, and takes 0.6 ms longer to read the library. */
export const AS_WRITTEN = { target: 'es2022', tsconfigRaw: {}, charset: 'ascii' };

/**
 * Drops the comments, which the declarations have as well, and keeps names and lines: what ships is readable. A source map
 * leads from every line to the TypeScript of ours.
 */
export function readable() {
  return {
    name: 'readable',
    renderChunk: (code) => transform(code, { ...AS_WRITTEN, sourcemap: 'external' }),
    generateBundle: shortenMaps,
  };
}

/** Drops the comments that esbuild leaves, which are those of members: lines of nothing else, and no line of ours begins so in a text. */
export function withoutMemberComments() {
  return {
    name: 'without-member-comments',
    renderChunk(code) {
      const text = new MagicString(code).replaceAll(MEMBER_COMMENT, '');
      return text.hasChanged() ? { code: text.toString(), map: text.generateMap({ hires: 'boundary' }) } : null;
    },
  };
}

const MEMBER_COMMENT = /^ *(\/\*\*[\s\S]*?\*\/|\/\/ .*)\n/gm;

/** Makes small what nobody steps through: programs and third-party code. Its lines stay short, for the one an error prints. */
export function small() {
  const options = { ...AS_WRITTEN, minify: true, format: 'esm', lineLimit: 160, sourcemap: 'external' };
  return {
    name: 'small',
    renderChunk: (code) => transform(code, options),
    generateBundle: shortenMaps,
  };
}

function shortenMaps(_, bundle) {
  for (const file of Object.values(bundle)) {
    if (!file.fileName.endsWith('.js.map')) continue;
    file.source = JSON.stringify(shorten(JSON.parse(file.source)));
  }
}

/**
 * One position a line is what a stack trace needs, and a fifth of the size. The sources' text, two megabytes of it, is left out: what
 * ships is readable itself.
 */
function shorten({ sourcesContent: _, ...map }) {
  return { ...map, names: [], mappings: encode(decode(map.mappings).map((line) => line.slice(0, 1).map(withoutName))) };
}

const withoutName = (position) => position.slice(0, 4);

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
