/** Fetched after the page is shown: nodes of the audio thread. */
export { createNode, type SoundNode } from 'hiddenstate/worklet';
