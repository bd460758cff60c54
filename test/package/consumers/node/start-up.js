/** Milliseconds from the import to the first result of a small LSTM, on the clock and of the processors, in a process that has done nothing before. */
const inputSize = 16;
const hiddenSize = 32;
const weights = (...dims) => ({ data: new Float32Array(dims.reduce((a, b) => a * b)).fill(0.01), dims });
const stateDict = {
  weight_ih_l0: weights(4 * hiddenSize, inputSize),
  weight_hh_l0: weights(4 * hiddenSize, hiddenSize),
  bias_ih_l0: weights(4 * hiddenSize),
  bias_hh_l0: weights(4 * hiddenSize),
};
const x = new Float32Array(inputSize).fill(1);

const before = process.cpuUsage();
const start = performance.now();
const { LSTM } = await import('hiddenstate');
const imported = performance.now();
const y = LSTM.fromStateDict(stateDict).stream().step(x);
const end = performance.now();
const { user, system } = process.cpuUsage(before);

console.log(
  JSON.stringify({
    import: imported - start,
    first: end - imported,
    total: end - start,
    cpu: (user + system) / 1000,
    result: y[0],
  }),
);
