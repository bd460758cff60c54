/** Fetched after the page is shown: the rule by which probabilities become stretches of speech. */
export { type Segment, segmentsOf } from 'hiddenstate/audio';
