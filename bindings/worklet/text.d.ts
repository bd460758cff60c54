/** The texts of the processors' files, which the bundler puts there. */
declare module 'hiddenstate-processor' {
  const text: string;
  export default text;
}

declare module 'hiddenstate-processor-vad' {
  const text: string;
  export default text;
}

declare module 'hiddenstate-processor-layers' {
  const text: string;
  export default text;
}
