import { floats } from '../abi';

/**
 * Draws a block of a row-major matrix into its panel: the numbers of mulberry32 (Tommy Ettinger), whose state is a counter, so that
 * any block can be drawn by itself.
 *
 * @param out    f32  the block's first element; its rows lie next to each other
 * @param step   floats from one column to the next
 * @param width  columns of the whole matrix
 * @param first  how many numbers of this seed come before the block's first
 * @param scale  of the numbers as integers from −2^31 on
 */
// biome-ignore format: one line for places, one for numbers
export function drawUniform(
  out: usize, step: i32, rows: i32, cols: i32, width: i32,
  seed: i32, first: i32, scale: f64,
): void {
  for (; rows > 0; --rows, out += 4, first += width) {
    let state = seed + first * GAMMA;
    for (let at = out, end = out + floats(cols * step); at < end; at += floats(step)) {
      state += GAMMA;
      let bits = (state ^ (state >>> 15)) * (state | 1);
      bits ^= bits + (bits ^ (bits >>> 7)) * (bits | 61);
      store<f32>(at, <f32>(<f64>(bits ^ (bits >>> 14) ^ i32.MIN_VALUE) * scale));
    }
  }
}

/** What the state grows by with each number. */
const GAMMA: i32 = 0x6d2b79f5;
