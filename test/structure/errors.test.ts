/** Every error of the library carries a code, so that nobody has to recognise one by its message. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOwnError } from '../../bindings/errors.js';
import { HiddenstateError, LSTM } from '../../bindings/index.js';
import { ROOT, sourcesOf } from './import-graph.js';

/** The command line ends with CliError, which is its own; measure is not shipped. */
const LIBRARY = sourcesOf('bindings').filter((path) => !/^(cli|measure)\/|^errors\.ts$/.test(path));

describe('errors', () => {
  it('are made by typeError, rangeError or HiddenstateError of bindings/errors.ts', () => {
    const native = LIBRARY.flatMap((path) => {
      const lines = readFileSync(join(ROOT, 'bindings', path), 'utf8').split('\n');
      return lines.flatMap((line, i) => (/\bnew (Type|Range)?Error\(/.test(line) ? `${path}:${i + 1}` : []));
    });
    expect(native).toEqual([]);
  });

  it('are not recognised by the beginning of their message', () => {
    const found = sourcesOf('bindings').filter((path) =>
      /message\.(startsWith|replace|match|includes)\(/.test(readFileSync(join(ROOT, 'bindings', path), 'utf8')),
    );
    expect(found).toEqual(['errors.ts']);
  });

  it('keep their kind and carry a code', () => {
    const layer = new LSTM({ inputSize: 2, hiddenSize: 3 });
    const thrown = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    };
    const kind = thrown(() => layer.forward('x' as never));
    expect(kind).toBeInstanceOf(TypeError);
    expect(kind).toMatchObject({ code: 'HIDDENSTATE_TYPE', name: 'TypeError' });
    const value = thrown(() => new LSTM({ inputSize: 0, hiddenSize: 3 }));
    expect(value).toBeInstanceOf(RangeError);
    expect(value).toMatchObject({ code: 'HIDDENSTATE_RANGE', name: 'RangeError' });
    layer.dispose();
    const lifetime = thrown(() => layer.stateDict());
    expect(lifetime).toBeInstanceOf(HiddenstateError);
    expect(lifetime).toMatchObject({ code: 'HIDDENSTATE_DISPOSED', name: 'HiddenstateError' });
    for (const error of [kind, value, lifetime]) expect(isOwnError(error)).toBe(true);
    expect(isOwnError(new RangeError('premature EOF'))).toBe(false);
    expect(isOwnError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
  });
});
