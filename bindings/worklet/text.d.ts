/** A piece of the processors' files, which the bundler puts there. */
declare module 'hiddenstate-processor-*' {
  export const text: string;
  /** The end of the file of which this is the last piece. */
  export const start: string;
}
