/** Kernels of the caller's own loading: of every kind, of another realm, and on hosts that compile nothing or lack something. */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { graphKernels } from '../../bindings/graph/kernels.js';
import { createEngine, GRU, type KernelSources } from '../../bindings/index.js';
import { trainKernels } from '../../bindings/train/kernels.js';

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
const module = (name: string) => new WebAssembly.Module(bytes(name));

/** A module as an iframe or jsdom would hand it over. */
function foreignModule(name: string): WebAssembly.Module {
  const realm = runInNewContext('WebAssembly') as typeof WebAssembly;
  const made = new realm.Module(bytes(name));
  expect(made instanceof WebAssembly.Module).toBe(false);
  return made;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('createEngine({ source })', () => {
  it('takes a module of another realm', () => {
    using gru = new GRU({
      inputSize: 3,
      hiddenSize: 5,
      engine: createEngine({ source: foreignModule('kernels.simd') }),
    });
    expect(gru.forward({ data: new Float32Array(6), dims: [2, 3] }).output.dims).toEqual([2, 5]);
  });

  it('takes kernels by name, and compiles none then', () => {
    const source = { core: module('kernels.simd'), graph: foreignModule('graph.simd'), train: module('train.simd') };
    const compiled = vi.spyOn(WebAssembly, 'Module');
    const engine = createEngine({ source });
    expect(graphKernels(engine)).toBeTypeOf('object');
    expect(trainKernels(engine)).toBeTypeOf('object');
    expect(compiled).not.toHaveBeenCalled();
  });

  it('says which are missing where the host compiles no bytes', () => {
    const engine = createEngine({ source: module('kernels.simd') });
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
      throw new WebAssembly.CompileError('code generation disallowed by embedder');
    });
    expect(() => graphKernels(engine)).toThrow(/got none for "graph" .*, expected \{ core, graph \}/);
  });

  it.each([
    [{}, TypeError],
    [{ graph: bytes('graph.simd') }, TypeError],
    [{ core: 'kernels.wasm' }, TypeError],
    [{ core: bytes('kernels.simd'), graph: 7 }, TypeError],
    [{ core: bytes('kernels.simd'), sound: bytes('kernels.simd') }, TypeError],
    [null, TypeError],
  ])('refuses %o', (source, kind) => {
    expect(() => createEngine({ source: source as KernelSources })).toThrow(kind);
    expect(() => createEngine({ source: source as KernelSources })).toThrow(/^createEngine: source.*got .*, expected/);
  });

  it('runs where there is no FinalizationRegistry', () => {
    vi.stubGlobal('FinalizationRegistry', undefined);
    const engine = createEngine();
    const gru = new GRU({ inputSize: 3, hiddenSize: 5, engine });
    expect(gru.forward({ data: new Float32Array(6), dims: [2, 3] }).output.dims).toEqual([2, 5]);
    gru.dispose();
    expect(engine.bytesInUse).toBe(0);
  });
});
