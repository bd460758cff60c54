import { defineConfig } from 'vitest/config';
import { wasmHex } from './build-plugins.mjs';

const relaxed = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];

export default defineConfig({
  plugins: [wasmHex()],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc', ...relaxed],
    testTimeout: 30_000,
  },
});
