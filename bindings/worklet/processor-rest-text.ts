/** What only the file of all kinds has. */
export { start, text } from 'hiddenstate-processor-rest';
