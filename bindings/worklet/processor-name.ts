/** The files of processors, and what each registers its processor as. */
export const PROCESSOR_NAMES = {
  /** All kinds, all operators. */
  all: 'hiddenstate',
  vad: 'hiddenstate-vad',
  /** Amplifiers, and models made of layers. */
  layers: 'hiddenstate-layers',
} as const;

/** Which file of processors. */
export type ProcessorFile = keyof typeof PROCESSOR_NAMES;
