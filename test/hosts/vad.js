/** vad-web, unchanged, on whatever `onnxruntime-web` is: the segments of speech.wav, 48 kHz of 16 bits, one channel. */
import { NonRealTimeVAD } from '@ricky0123/vad-web';

export async function segmentsOfSpeech() {
  const wav = new DataView(await (await fetch('speech.wav')).arrayBuffer());
  const samples = Float32Array.from(
    { length: (wav.byteLength - 44) >> 1 },
    (_, i) => wav.getInt16(44 + 2 * i, true) / 32768,
  );
  const vad = await NonRealTimeVAD.new({
    modelURL: 'silero_vad_legacy.onnx',
    // Of an onnxruntime-web only: where its wasm lies, and no threads, which need headers of the server.
    ortConfig: ({ env }) => Object.assign(env.wasm, { wasmPaths: new URL('.', document.baseURI).href, numThreads: 1 }),
  });
  const segments = [];
  for await (const { start, end } of vad.run(samples, 48_000)) segments.push([Math.round(start), Math.round(end)]);
  return segments;
}
