import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { createDebugEngine } from '../../bindings/debug.js';
import { embeddedKernels } from '../../bindings/engine/embedded.js';
import { createEngine, Engine, GRU, type KernelSource, ready } from '../../bindings/index.js';
import { ones } from './misuse.js';

const bytes = (build: string) => readFileSync(new URL(`../../build/kernels.${build}.wasm`, import.meta.url));

/** Copied out of Node's pool: a file's bytes may lie anywhere in it. */
const own = (build: string): Uint8Array<ArrayBuffer> => new Uint8Array(bytes(build));

describe('createEngine', () => {
  it.each([
    ['nothing', undefined, 'relaxed'],
    ['no options', {}, 'relaxed'],
    ['auto', { simd: 'auto' }, 'relaxed'],
    ['baseline', { simd: 'baseline' }, 'baseline'],
    ['relaxed', { simd: 'relaxed' }, 'relaxed'],
  ] as const)('given %s, picks the build', (_, options, simd) => {
    const engine = createEngine(options);
    expect(engine.simd).toBe(simd);
    expect(engine.bytesInUse).toBe(0);
    expect(engine).toBeInstanceOf(Engine);
  });

  it('falls back to baseline on a host without relaxed SIMD, and says so when asked for it', () => {
    const { validate: real } = WebAssembly;
    const relaxedSwizzle = Buffer.of(0xfd, 0x80, 0x02);
    const validate = vi.spyOn(WebAssembly, 'validate').mockImplementation((source) => {
      expect(real(source)).toBe(true);
      return !Buffer.from(source as Uint8Array).includes(relaxedSwizzle);
    });
    try {
      expect(createEngine().simd).toBe('baseline');
      expect(() => createEngine({ simd: 'relaxed' })).toThrow(/^createEngine: got simd "relaxed".*, expected .*/);
      validate.mockReturnValue(false);
      expect(() => createEngine()).toThrow(/^createEngine: got a host without Wasm SIMD, expected .*/);
    } finally {
      validate.mockRestore();
    }
  });

  it.each([
    ['bytes', () => own('simd'), 'baseline'],
    ['bytes in a larger buffer', () => bytes('relaxed'), 'relaxed'],
    ['an ArrayBuffer', () => own('simd').buffer, 'baseline'],
    ['a module', () => new WebAssembly.Module(own('relaxed')), 'relaxed'],
  ] as const)('takes %s for a source', (_, source, simd) => {
    const engine = createEngine({ source: source() as KernelSource });
    expect(engine.simd).toBe(simd);
    using gru = new GRU({ inputSize: 3, hiddenSize: 5, engine });
    expect(gru.forward(ones(2, 3)).output.dims).toEqual([2, 5]);
  });

  it('makes engines that share nothing', () => {
    const [one, other] = [createEngine(), createEngine()];
    using gru = new GRU({ inputSize: 3, hiddenSize: 5, engine: one });
    expect(one.bytesInUse).toBeGreaterThan(0);
    expect(other.bytesInUse).toBe(0);
    expect(one.memory).not.toBe(other.memory);
    expect(gru.engine).toBe(one);
  });

  it('embeds the very bytes of the build', () => {
    expect(embeddedKernels('baseline')).toEqual(own('simd'));
    expect(embeddedKernels('relaxed')).toEqual(own('relaxed'));
  });

  it('refuses bytes that are no wasm with the host’s own error', () => {
    expect(() => createEngine({ source: Uint8Array.of(1, 2, 3) })).toThrow(WebAssembly.CompileError);
  });
});

describe('the shared engine', () => {
  /** The library afresh, its shared engine not yet made. */
  async function fresh() {
    vi.resetModules();
    return import('../../bindings/index.js');
  }

  it('is made once, however many wait for it', async () => {
    const library = await fresh();
    const engines = await Promise.all(Array.from({ length: 20 }, () => library.ready()));
    expect(new Set(engines).size).toBe(1);
    expect(await library.ready()).toBe(engines[0]);
    expect(new library.Linear({ inFeatures: 1, outFeatures: 1 }).engine).toBe(engines[0]);
  });

  it('is the first layer’s, when a layer comes while it compiles', async () => {
    const library = await fresh();
    const pending = library.ready();
    const layer = new library.Linear({ inFeatures: 1, outFeatures: 1 });
    expect(await pending).toBe(layer.engine);
    expect(new library.Tanh().engine).toBe(layer.engine);
  });

  it('is made by the first layer, without ready', async () => {
    const library = await fresh();
    const [one, other] = [new library.Tanh(), new library.Tanh()];
    expect(one.engine).toBe(other.engine);
    expect(await library.ready()).toBe(one.engine);
  });

  it('does nothing at import', async () => {
    const spies = [
      vi.spyOn(WebAssembly, 'Module'),
      vi.spyOn(WebAssembly, 'compile'),
      vi.spyOn(WebAssembly, 'validate'),
      vi.spyOn(WebAssembly, 'Memory'),
    ];
    try {
      await fresh();
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it('rejects, and does not throw, in an entry without kernels', async () => {
    vi.resetModules();
    // As the bundler does for hiddenstate/core.
    vi.doMock('../../bindings/engine/embedded.js', async () => {
      const { noKernels } = await import('../../bindings/engine/no-kernels.js');
      return { embeddedKernels: noKernels, hostKernels: noKernels };
    });
    const core = await import('../../bindings/core.js');
    vi.doUnmock('../../bindings/engine/embedded.js');
    await expect(core.ready()).rejects.toThrow(/^hiddenstate\/core: got no kernels, expected .*/);
    expect(() => new core.Tanh()).toThrow(/^hiddenstate\/core: got no kernels, expected .*/);
  });

  it('can be tried again after a compile that failed', async () => {
    const library = await fresh();
    const spy = vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(new Error('no memory'));
    await expect(library.ready()).rejects.toThrow('no memory');
    spy.mockRestore();
    expect((await library.ready()).simd).toBe('relaxed');
  });
});

describe('builds', () => {
  it('baseline gives the same bits as debug; relaxed stays within rounding', () => {
    const results = [createEngine({ simd: 'baseline' }), createDebugEngine(), createEngine({ simd: 'relaxed' })].map(
      (engine) => {
        using gru = new GRU({ inputSize: 13, hiddenSize: 37, numLayers: 2, engine, seed: 3 });
        return gru.forward({ ...ones(20, 13) }).output.data;
      },
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).not.toEqual(results[0]);
    const distance = results[2].reduce((max, v, i) => Math.max(max, Math.abs(v - results[0][i])), 0);
    expect(distance).toBeLessThan(1e-6);
  });

  it('a debug engine goes on after an assertion failed', () => {
    const engine = createDebugEngine();
    expect(() => engine.kernels.tanhMap(4, 16, 4)).toThrow(/aligned.* at .*map\.ts/);
    using gru = new GRU({ inputSize: 3, hiddenSize: 5, engine, seed: 1 });
    using twin = new GRU({ inputSize: 3, hiddenSize: 5, engine: createEngine({ simd: 'baseline' }), seed: 1 });
    expect(gru.forward(ones(4, 3))).toEqual(twin.forward(ones(4, 3)));
  });

  it('ready resolves to an engine of the best build', async () => {
    expect((await ready()).simd).toBe('relaxed');
  });
});
