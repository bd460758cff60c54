/** Copies a state to where it advances, or zeros where there is none; places count elements. */
export function beginState(f32: Float32Array, to: number, from: number, size: number): void {
  if (from === to) return;
  if (from) copyRow(f32, to, from, size);
  else f32.fill(0, to, to + size);
}

/** Copies one row within memory; rows do not overlap. */
export function copyRow(f32: Float32Array, to: number, from: number, size: number): void {
  if (size > 64) f32.copyWithin(to, from, from + size);
  else for (let i = 0; i < size; i++) f32[to + i] = f32[from + i];
}
