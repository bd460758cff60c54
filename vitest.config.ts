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

/** Tests of the library and of its command line: files of one worker share its modules, which to load for each anew is a tenth of all minutes. */
const LIBRARY = [
  'amplifier',
  'audio',
  'bindings',
  'cli',
  'files',
  'graph',
  'keras',
  'kernels',
  'measure',
  'onnx',
  'ort',
  'recurrent',
  'sequence',
  'spectra',
  'structure',
  'torch',
  'train',
  'vad',
  'weights',
  'worklet',
].join('|');

/** What counts garbage or puts modules in place of others wants a process of its own. */
const APART = ['test/audio/amplifier', 'test/bindings/real-time', 'test/onnx/real-time', 'test/train/power-loss'].map(
  (name) => `${name}.test.ts`,
);

export default defineConfig({
  plugins: [wasmHex()],
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'apart', include: [`test/!(${LIBRARY})/**/*.test.ts`, ...APART] },
      },
      {
        extends: true,
        test: { name: 'library', include: [`test/(${LIBRARY})/**/*.test.ts`], exclude: APART, isolate: false },
      },
    ],
    pool: 'forks',
    execArgv: ['--expose-gc', ...relaxed],
    setupFiles: ['./test/support/same-numbers.ts'],
    testTimeout: 30_000,
    // One more than there are cores where these are two: one of them waits for browsers.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: SiteFirst },
  },
});
