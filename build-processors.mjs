/** Bundles the files of the worklet's processors together, and cuts them into the pieces that they have in common. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import { AS_WRITTEN } from './build-plugins.mjs';

const FOLDER = 'build/processors';

/** Keeps the minifier from the name of a global that hosts started with --expose-gc have, and that cannot be declared again. */
const RESERVED = 'typeof gc;';

/** Stands between two pieces while they are minified: a comment that esbuild neither drops nor moves. */
const CUT = '/*! cut */';

/**
 * Makes the file that serves nodes of all kinds, and leaves in build/ the pieces that smaller files can be put together from. All are
 * bundled and minified at once, so that a name means the same in every piece.
 *
 * @param rooms the first modules of the files: of `layers`, of `vad`, and of `all` kinds
 * @param options of a bundle: `treeshake` and `plugins`
 */
export function processorPieces({ layers, vad, all }, options) {
  const rooms = [layers, vad, all];
  return {
    name: 'processor-pieces',
    resolveId(source) {
      // That a room serves its scope is what it is for.
      if (rooms.includes(source)) return { id: source, moduleSideEffects: true };
      return source === 'processors' ? source : null;
    },
    load: (id) => (id === 'processors' ? rooms.map((room) => `import ${JSON.stringify(room)};`).join('\n') : null),
    async renderChunk(whole, { modules }) {
      const inLayers = await modulesOf(layers, options);
      const inVad = await modulesOf(vad, options);
      const pieceOf = (id) => {
        if (rooms.includes(id)) return id;
        if (inLayers.has(id)) return inVad.has(id) ? 'common' : 'layers';
        return inVad.has(id) ? 'vad' : 'rest';
      };
      const sources = sourcesOf(whole, modules);
      // The order in which modules run is kept within a piece; a piece needs none of those after it.
      const parts = ['common', 'layers', 'vad', 'rest', ...rooms].map((piece) =>
        sources.flatMap(({ id, source }) => (pieceOf(id) === piece ? [source] : [])).join('\n'),
      );
      const { code } = await transform(`${parts.join(`\n${CUT}\n`)}\n${RESERVED}`, {
        ...AS_WRITTEN,
        minify: true,
        format: 'esm',
      });
      const pieces = code.split(CUT);
      if (pieces.length !== parts.length) throw new Error(`got ${pieces.length} pieces, expected ${parts.length}`);
      const [common, ofLayers, ofVad, rest, ...starts] = pieces;
      write('common', common, '');
      write('layers', ofLayers, starts[0]);
      write('vad', ofVad, starts[1]);
      write('rest', rest, starts[2]);
      return { code: common + ofLayers + ofVad + rest + starts[2], map: null };
    },
  };
}

/** The code of each module in a bundle, with what rollup puts behind it: the objects of `import * as`. */
function sourcesOf(whole, modules) {
  const sources = [];
  let end = whole.length;
  for (const [id, { code }] of Object.entries(modules).reverse()) {
    if (!code) continue;
    const begin = whole.lastIndexOf(code, end - code.length);
    sources.unshift({ id, source: whole.slice(begin, end) });
    end = begin;
  }
  return sources;
}

/** The modules of which something is in a file that begins with one. */
async function modulesOf(input, options) {
  const bundle = await rollup({ input, ...options });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  const modules = Object.entries(output[0].modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return new Set(modules.map(([id]) => id));
}

function write(name, text, start) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${name}.json`, JSON.stringify({ text, start }));
}

/** Lets a file import a piece: `hiddenstate-processor-vad` gives its `text`, and how a file `start`s of which it is the last piece. */
export function processorTexts() {
  const PREFIX = 'hiddenstate-processor-';
  return {
    name: 'processor-texts',
    resolveId: (source) => (source.startsWith(PREFIX) ? `\0${source}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const { text, start } = JSON.parse(readFileSync(`${FOLDER}/${id.slice(PREFIX.length + 1)}.json`, 'utf8'));
      const code = `export const text = ${JSON.stringify(text)};\nexport const start = ${JSON.stringify(start)};`;
      return { code, map: { mappings: '' } };
    },
  };
}
