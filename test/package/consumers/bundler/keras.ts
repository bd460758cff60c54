export { loadKeras } from 'hiddenstate/keras';
