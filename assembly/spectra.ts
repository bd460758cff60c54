export { isFourier } from './spectra/basis';
export { frameFft, inverseFrameFft } from './spectra/frame';
export { inverseRealFft, realFft } from './spectra/real';
