import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { wasmHex } from './build-plugins.mjs';

const relaxed = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];

/** The site's tests wait for browsers most of their minutes: they begin first, so that the others run meanwhile. */
class SiteFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSite = ({ moduleId }: TestSpecification) => moduleId.includes('/test/site/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isSite), ...sorted.filter((file) => !isSite(file))];
  }
}

export default defineConfig({
  plugins: [wasmHex()],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc', ...relaxed],
    testTimeout: 30_000,
    // One more than there are cores where these are two: one of them waits for browsers.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: SiteFirst },
  },
});
