import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphKernels } from '../../bindings/graph/kernels.js';
import { packStrided } from '../../bindings/weights/pack-strided.js';
import { packedSize, packMatrix, plainMatrix } from '../../bindings/weights/packing.js';
import { expectSameBits } from '../kernels/bits.js';
import { trials } from '../kernels/draw.js';
import { Buffers, guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';

const count = (greatest: number) => fc.nat(greatest);

/** A block and how it lies on either side: rows outermost or columns, with gaps. */
const blocks = fc.record({
  rows: count(37),
  cols: count(37),
  toByColumns: fc.boolean(),
  fromByColumns: fc.boolean(),
  toGap: count(3),
  fromGap: count(3),
  seed: fc.integer(),
});

/** The distances of rows and columns in a block with a gap after each of its lines, and the elements that it spans. */
function layOut(rows: number, cols: number, byColumns: boolean, gap: number) {
  const line = (byColumns ? rows : cols) + gap;
  const [row, col] = byColumns ? [1, line] : [line, 1];
  return { row, col, span: (byColumns ? cols : rows) * line };
}

describe.each(BUILDS)('copyBlock, $name', ({ name, create }) => {
  const engine = create();
  const { broken } = guard(engine);

  it('puts every element in its place, bits as they are, and touches nothing else', () => {
    fc.assert(
      fc.property(blocks, ({ rows, cols, toByColumns, fromByColumns, toGap, fromGap, seed }) => {
        const to = layOut(rows, cols, toByColumns, toGap);
        const from = layOut(rows, cols, fromByColumns, fromGap);
        const random = mulberry32(seed);
        const bits = Uint32Array.from({ length: from.span }, () => Math.floor(random() * 2 ** 32));
        const expected = new Uint32Array(to.span).fill(0x7fabcdef);
        for (let r = 0; r < rows; r++)
          for (let c = 0; c < cols; c++) expected[r * to.row + c * to.col] = bits[r * from.row + c * from.col];
        const buffers = new Buffers(engine);
        const target = buffers.zeros(to.span);
        const source = buffers.zeros(from.span);
        const u32 = new Uint32Array(engine.f32.buffer);
        u32.fill(0x7fabcdef, target / 4, target / 4 + to.span);
        u32.set(bits, source / 4);
        graphKernels(engine).copyBlock(target, source, to.row, to.col, from.row, from.col, rows, cols);
        expect(u32.slice(target / 4, target / 4 + to.span)).toEqual(expected);
        expect(u32.slice(source / 4, source / 4 + from.span)).toEqual(bits);
        buffers.release();
        expect(broken()).toEqual([]);
      }),
      trials(name, 400),
    );
  });

  it('packs a matrix, stored by rows or by columns, as it is packed outside of wasm', () => {
    fc.assert(
      fc.property(blocks, ({ rows, cols, fromByColumns, seed }) => {
        fc.pre(rows > 0 && cols > 0);
        const weight = randomArray(rows * cols, mulberry32(seed));
        const matrix = plainMatrix(rows, cols);
        const floats = packedSize(matrix);
        const { row, col } = layOut(rows, cols, fromByColumns, 0);
        const buffers = new Buffers(engine);
        const source = buffers.zeros(rows * cols);
        const [packed, expected] = [buffers.zeros(floats), buffers.zeros(floats)];
        for (let r = 0; r < rows; r++)
          for (let c = 0; c < cols; c++) engine.f32[source / 4 + r * row + c * col] = weight[r * cols + c];
        packMatrix(engine.f32, expected, matrix, weight, cols);
        packStrided(graphKernels(engine).copyBlock, packed, matrix, { address: source, rowStep: row, colStep: col });
        const read = (address: number) => engine.f32.subarray(address / 4, address / 4 + floats);
        expectSameBits(read(packed), read(expected), 'packed matrix');
        buffers.release();
        expect(broken()).toEqual([]);
      }),
      trials(name, 100),
    );
  });
});
