/** Gives the audio thread a `performance.now()`, which the meter takes where there is one. */
class Clock extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    const clock = new Float64Array(processorOptions.clock);
    globalThis.performance = { now: () => clock[0] };
  }

  process() {
    return false;
  }
}

registerProcessor('clock', Clock);
