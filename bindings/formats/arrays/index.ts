/**
 * hiddenstate/arrays: files of arrays as dicts of tensors: NumPy's .npz and .npy, and HDF5 files of weights.
 */

export { readHdf5 } from './read-hdf5.js';
export { type ReadNumpyOptions, readNumpy } from './read-numpy.js';
