import source from 'hiddenstate-processor-vad';

/** The text of the file for voice activity detection. */
export const text: string = source;
