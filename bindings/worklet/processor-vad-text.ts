/** Voice activity detection. */
export { start, text } from 'hiddenstate-processor-vad';
