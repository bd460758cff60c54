/** What page and worker of the panel say to each other. */

/** Samples of a frame at 16 kHz, and what the waveform is drawn from: the least and greatest of so many samples. */
export const FRAME = 512;
export const PEAK = 128;

export type Request =
  | { readonly kind: 'model'; readonly bytes: Uint8Array }
  | { readonly kind: 'sound'; readonly channels: readonly Float32Array[]; readonly rate: number }
  | { readonly kind: 'hear'; readonly frames: number }
  | { readonly kind: 'line' }
  | { readonly kind: 'amplify'; readonly bytes: Uint8Array };

/** A recording as the model will hear it. */
export interface Sound {
  readonly samples: number;
  /** Pairs of the least and the greatest sample of each `PEAK`. */
  readonly peaks: Float32Array;
}

/** Some frames of it. */
export interface Heard {
  readonly probabilities: Float32Array;
  /** Microseconds a frame took, the mean of these. */
  readonly microseconds: number;
}

/** The line as it left the amplifier. */
export interface Amplified {
  readonly wet: Float32Array;
  /** Decibels from the mean to the peak, before and after. */
  readonly crests: readonly [number, number];
  readonly format: string;
  readonly modelRate: number | undefined;
}
