import source from 'hiddenstate-processor-layers';

/** The text of the file for amplifiers and layers. */
export const text: string = source;
