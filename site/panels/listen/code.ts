/** What the panel does, as a program. */
export const CODE = `import { createNode } from 'hiddenstate/worklet';

// Who speaks?
const context = new AudioContext();
const ear = await createNode(context, {
  kind: 'vad',
  model: '/silero_vad_v6.onnx',
  onFrame: (probability) => draw(probability),   // 31 times a second
  onSpeechEnd: (audio) => transcribe(audio),     // 16 kHz
});
const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
context.createMediaStreamSource(microphone).connect(ear);

// An amplifier
const amplifier = await createNode(context, {
  kind: 'amplifier',
  model: '/overdrive.nam',
  onMeter: ({ micros, budget, underruns }) => console.log(micros / budget, underruns),
});
guitar.connect(amplifier).connect(context.destination);
`;
