import { defineConfig } from 'vitest/config';
import { wasmBase64 } from './build-plugins.mjs';

const relaxed = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];

export default defineConfig({
  plugins: [wasmBase64()],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc', ...relaxed],
    testTimeout: 30_000,
  },
});
