export { isFourier } from './spectra/basis';
export { inverseRealFft, realFft } from './spectra/real';
