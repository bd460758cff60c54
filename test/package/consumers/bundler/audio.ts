export { Vad } from 'hiddenstate/audio';
