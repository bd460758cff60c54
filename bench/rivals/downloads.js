import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { bundle } from './hosts/bundles.js';

const PATH = join(import.meta.dirname, '../results/downloads.json');
/** What a page that runs one LSTM loads: a bundle, and the wasm files that it fetches. */
const DOWNLOADS = {
  hiddenstate: { entry: 'first/hiddenstate.js', files: [] },
  'onnxruntime-web': { entry: 'first/onnxruntime-web.js', files: ['onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'] },
  'tensorflow-wasm': {
    entry: 'first/tensorflow-wasm.js',
    files: ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'],
  },
  'tensorflow-cpu': { entry: 'first/tensorflow-cpu.js', files: [] },
  plain: { entry: 'first/plain.js', files: [] },
};

/** Measures what has to be downloaded and keeps it in bench/results/downloads.json; what has not changed is not packed again. */
export async function saveDownloads() {
  const known = await loadDownloads();
  const entries = [];
  for (const [id, { entry, files }] of Object.entries(DOWNLOADS)) {
    const parts = [Buffer.from(await bundle(entry)), ...(await Promise.all(files.map(readModule)))];
    const digest = parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
    entries.push([id, known[id]?.digest === digest ? known[id] : { digest, ...sizesOf(parts) }]);
  }
  await mkdir(join(PATH, '..'), { recursive: true });
  await writeFile(PATH, `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`);
}

/** Bytes by contender, as they were measured last; nothing if they never were. */
export async function loadDownloads() {
  try {
    return JSON.parse(await readFile(PATH, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

const readModule = (path) => readFile(join(import.meta.dirname, 'node_modules', path));

/** Files are packed one by one, as a server does it. */
function sizesOf(parts) {
  const total = (pack) => parts.reduce((sum, part) => sum + pack(part).length, 0);
  return {
    raw: total((part) => part),
    gzip: total((part) => gzipSync(part, { level: 9 })),
    brotli: total((part) => brotliCompressSync(part, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })),
  };
}
