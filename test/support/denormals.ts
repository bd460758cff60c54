import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import type { Kernels } from '../../bindings/engine/abi.js';
import { Engine } from '../../bindings/engine/engine.js';

/** An engine whose kernels count the products and quotients in which a denormal number goes in or comes out. */
export interface CountingEngine {
  readonly engine: Engine;
  /** Vectors with a denormal number since the last call of `takeCount`. */
  takeCount(): number;
}

/**
 * Makes an engine of a build's text with a call in place of every multiplication, division and fused multiply-add, in the
 * modules of models and of spectra too: so a test finds what is slow on some processors whatever processor it runs on. Additions
 * of denormal numbers are slow on none of today.
 */
export function countingEngine(build: 'simd' | 'relaxed'): CountingEngine {
  const counts: (() => number)[] = [];
  const instantiate = (source: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): unknown => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(source), { env: { memory } });
    counts.push(exports.takeCount as () => number);
    return exports;
  };
  const companion = (name: string) => (memory: WebAssembly.Memory) => instantiate(countingModule(name, build), memory);
  const engine = new Engine(
    countingModule('kernels', build),
    (source, memory) => instantiate(source as Uint8Array<ArrayBuffer>, memory) as Kernels,
    { graph: companion('graph'), spectra: companion('spectra') },
  );
  return { engine, takeCount: () => counts.reduce((sum, take) => sum + take(), 0) };
}

function countingModule(name: string, build: 'simd' | 'relaxed'): Uint8Array<ArrayBuffer> {
  const text = readFileSync(new URL(`../../build/${name}.${build}.wat`, import.meta.url), 'utf8');
  const counted = text.replaceAll(/^ +f32x4\.(mul|div|relaxed_madd)$/gm, 'call $counted_$1');
  const module = binaryen.parseText(`${counted.slice(0, counted.lastIndexOf(')'))}${counters(build)})`);
  module.setFeatures(binaryen.Features.All);
  const bytes = new Uint8Array(module.emitBinary());
  module.dispose();
  return bytes;
}

function counters(build: 'simd' | 'relaxed'): string {
  return `
    (global $count (mut i32) (i32.const 0))
    (func (export "takeCount") (result i32)
      (global.get $count) (global.set $count (i32.const 0)))
    (func $look (param $a v128) (result v128) (local $m v128)
      (local.set $m (v128.and (local.get $a) (i32x4.splat (i32.const 0x7fffffff))))
      (global.set $count (i32.add (global.get $count) (v128.any_true (v128.and
        (i32x4.gt_s (local.get $m) (i32x4.splat (i32.const 0)))
        (i32x4.lt_s (local.get $m) (i32x4.splat (i32.const 0x800000)))))))
      (local.get $a))
    ${['mul', 'div']
      .map(
        (op) => `(func $counted_${op} (param $a v128) (param $b v128) (result v128)
      (call $look (f32x4.${op} (call $look (local.get $a)) (call $look (local.get $b)))))`,
      )
      .join('\n')}
    ${
      build === 'simd'
        ? ''
        : `(func $counted_relaxed_madd (param $a v128) (param $b v128) (param $c v128) (result v128)
      (call $look (f32x4.relaxed_madd (call $look (local.get $a)) (call $look (local.get $b)) (call $look (local.get $c)))))`
    }`;
}
