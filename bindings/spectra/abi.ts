/** The exports of the spectra module: the mirror of assembly/spectra.ts, where each is documented. A test compares the two. */
export interface SpectraKernels {
  // biome-ignore format: one line for pointers, one for counts, one for numbers, as in assembly/
  realFft(
    out: number, x: number, window: number, table: number, work: number,
    size: number, bins: number, count: number, xFrame: number, outFrame: number, outBin: number,
    sign: number,
  ): void;
  // biome-ignore format: as above
  inverseRealFft(
    out: number, x: number, table: number, work: number,
    size: number, count: number, outFrame: number, xFrame: number, xBin: number,
  ): void;
  // biome-ignore format: as above
  frameFft(
    out: number, x: number, window: number, table: number, turns: number, work: number,
    size: number,
  ): void;
  // biome-ignore format: as above
  inverseFrameFft(
    out: number, x: number, window: number, table: number, turns: number, work: number,
    size: number,
  ): void;
  isFourier(w: number, cosines: number, sines: number, size: number, bins: number, most: number): number;
}
