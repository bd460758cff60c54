/** What all files have. */
export { start, text } from 'hiddenstate-processor-common';
