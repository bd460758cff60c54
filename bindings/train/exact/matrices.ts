/** Products in float64, rows of a batch one after the other. */

/** out = x·wᵀ + b; w is [rows, cols]. */
export function affine(w: Float64Array, bias: Float64Array | undefined, x: Float64Array, rows: number): Float64Array {
  const cols = w.length / rows;
  const out = new Float64Array((x.length / cols) * rows);
  for (let at = 0, from = 0; at < out.length; at += rows, from += cols) {
    for (let r = 0; r < rows; r++) {
      let sum = bias ? bias[r] : 0;
      for (let c = 0, i = r * cols; c < cols; c++, i++) sum += w[i] * x[from + c];
      out[at + r] = sum;
    }
  }
  return out;
}

/** d·w: what a gradient of rows is for what was multiplied; w is [rows, cols]. */
export function backward(w: Float64Array, d: Float64Array, rows: number): Float64Array {
  const cols = w.length / rows;
  const out = new Float64Array((d.length / rows) * cols);
  for (let from = 0, at = 0; from < d.length; from += rows, at += cols) {
    for (let r = 0; r < rows; r++) {
      const each = d[from + r];
      if (each === 0) continue;
      for (let c = 0, i = r * cols; c < cols; c++, i++) out[at + c] += w[i] * each;
    }
  }
  return out;
}

/** sum += dᵀ·x, scaled. */
export function addOuter(sum: Float64Array, d: Float64Array, x: Float64Array, rows: number, scale: number): void {
  const cols = sum.length / rows;
  for (let from = 0, at = 0; from < d.length; from += rows, at += cols) {
    for (let r = 0; r < rows; r++) {
      const each = d[from + r] * scale;
      if (each === 0) continue;
      for (let c = 0, i = r * cols; c < cols; c++, i++) sum[i] += each * x[at + c];
    }
  }
}

/** sum += the rows of d, scaled. */
export function addRows(sum: Float64Array, d: Float64Array, scale: number): void {
  const rows = sum.length;
  for (let i = 0; i < d.length; i++) sum[i % rows] += d[i] * scale;
}

/** Columns of each row, as rows of their own. */
export function columns(x: Float64Array, width: number, from: number, count: number): Float64Array {
  const out = new Float64Array((x.length / width) * count);
  for (let i = 0; i < out.length; i++) out[i] = x[Math.floor(i / count) * width + from + (i % count)];
  return out;
}

/** Writes rows into columns of wider ones. */
export function setColumns(x: Float64Array, width: number, from: number, part: Float64Array, count: number): void {
  for (let i = 0; i < part.length; i++) x[Math.floor(i / count) * width + from + (i % count)] = part[i];
}
