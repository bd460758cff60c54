import source from 'hiddenstate-processor';

/** The text of the file of all processors. */
export const text: string = source;
