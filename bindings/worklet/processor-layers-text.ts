/** Amplifiers and layers. */
export { start, text } from 'hiddenstate-processor-layers';
