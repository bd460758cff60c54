/**
 * hiddenstate/amplifier: networks of guitar amplifiers and pedals, as Neural Amp Modeler, GuitarML and RTNeural write them.
 */
export { type AmplifierModel, type LoadAmplifierOptions, loadAmplifier } from './load-amplifier.js';
