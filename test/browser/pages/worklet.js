import * as hiddenstate from '../../../dist/index.js';
import { noise } from './noise.js';
import { runBoth } from './run-fetched.js';

/** Runs golden cases in its first block, then plays what a GRU makes of noise, one step a sample. */
class GRUProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions: { goldens, samples } }) {
    super();
    this.goldens = goldens;
    this.noise = noise(samples);
    this.at = 0;
  }

  process(_inputs, [[channel]]) {
    if (!this.stream) this.begin();
    for (let i = 0; i < channel.length; i++, this.at++) {
      channel[i] = this.stream.step(this.noise.subarray(this.at, this.at + 1), this.out)[0];
    }
    return this.at < this.noise.length;
  }

  begin() {
    this.port.postMessage(runBoth(hiddenstate, this.goldens));
    const engine = hiddenstate.createEngine({ simd: 'baseline' });
    this.stream = new hiddenstate.GRU({ inputSize: 1, hiddenSize: 8, seed: 7, engine }).stream();
    this.out = new Float32Array(8);
  }
}

registerProcessor('gru', GRUProcessor);
