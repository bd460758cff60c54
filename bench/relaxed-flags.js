import { readFileSync } from 'node:fs';

/** What this Node needs to run the relaxed build: Node 20 has it behind a flag, which later versions have dropped. */
export function relaxedFlags() {
  const runs = WebAssembly.validate(readFileSync(new URL('../dist/kernels.relaxed.wasm', import.meta.url)));
  return runs || !process.version.startsWith('v20.') ? [] : ['--experimental-wasm-relaxed-simd'];
}
