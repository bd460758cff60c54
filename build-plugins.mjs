import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

const KERNELS = join(import.meta.dirname, 'build');

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
      return `export default ${JSON.stringify((await readFile(id)).toString('hex'))};`;
    },
  };
}
