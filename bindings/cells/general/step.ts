/**
 * One time step of a cell for a batch of sequences, all in wasm memory. Rows of x, h and c are padded to whole vectors
 * and their padding is zero.
 */
export interface CellStep {
  /**
   * Advances the states in place.
   *
   * @param h f32[B × H], read and written
   * @param c f32[B × H], LSTM only, 0 otherwise
   * @param x f32[B × I]
   * @param scratch floats as many as `GeneralLayout.stepFloats` says
   */
  step(h: number, c: number, x: number, scratch: number, batch: number): void;
}
