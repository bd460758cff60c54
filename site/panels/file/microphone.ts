/** What models of speech are told: samples a second. */
const RATE = 16_000;
/** As much as an AnalyserNode keeps. */
const MOST = 32_768;
const SETTLING_MS = 300;

/**
 * So many samples of the microphone at 16 kHz.
 *
 * @throws {Error} that says what the browser said, and the way out
 */
export async function fromMicrophone(count: number): Promise<Float32Array> {
  if (!navigator.mediaDevices) throw new Error('A microphone needs a page that came by https or from localhost.');
  const context = new AudioContext();
  const needed = Math.ceil((count * context.sampleRate) / RATE);
  try {
    if (needed > MOST)
      throw new Error(
        `The dims want ${count} samples, and ${Math.floor((MOST * RATE) / context.sampleRate)} is the most.`,
      );
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    try {
      const kept = new AnalyserNode(context, { fftSize: MOST });
      context.createMediaStreamSource(stream).connect(kept);
      await context.resume();
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS + (1000 * needed) / context.sampleRate));
      const samples = new Float32Array(MOST);
      kept.getFloatTimeDomainData(samples);
      return await resampled(samples.subarray(MOST - needed), context.sampleRate, count);
    } finally {
      for (const track of stream.getTracks()) track.stop();
    }
  } finally {
    void context.close();
  }
}

/** By the browser: a context of another rate plays it. */
async function resampled(samples: Float32Array<ArrayBuffer>, rate: number, count: number): Promise<Float32Array> {
  const context = new OfflineAudioContext(1, count, RATE);
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate });
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0);
}
