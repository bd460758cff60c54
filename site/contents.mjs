import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The panels in the order of the top bar: address, name, and what they are for in one line. */
export const PANELS = [
  ['write', 'Write', 'What does each unit remember? A character model, unit by unit.'],
  ['ladder', 'Ladder', 'From the naive forecast to the GRU, each rung on the same series and text.'],
  ['train', 'Train', 'A small network learns while you watch.'],
  ['file', 'Your file', 'Drop a model: what is in it, does it run, how fast.'],
  ['listen', 'Listen', 'Where does somebody speak?'],
  ['forecast', 'Forecast', 'Does anything beat the last value?'],
  ['measure', 'Measure', 'How fast is it on your machine?'],
].filter(([name]) => existsSync(join(import.meta.dirname, 'pages', `${name}.md`)));

/** The guides in the order in which they are read: address beside docs/, and name. */
export const GUIDES = [
  {
    title: 'Begin',
    pages: [
      ['start', 'Start'],
      ['when-not-to-use-it', 'When not to use it'],
      ['troubleshooting', 'Troubleshooting'],
    ],
  },
  {
    title: 'Models you have',
    pages: [
      ['pytorch', 'From PyTorch'],
      ['keras', 'From Keras'],
      ['onnx', 'ONNX'],
      ['ort', 'In place of onnxruntime-web'],
      ['files', 'Every other file'],
      ['int8', 'int8 weights'],
    ],
  },
  {
    title: 'Running',
    pages: [
      ['streams', 'Streams and lanes'],
      ['hosts', 'Hosts and bundlers'],
      ['many-machines', 'Many machines'],
      ['tensors-and-states', 'Tensors, states and memory'],
      ['precision', 'Precision and determinism'],
    ],
  },
  {
    title: 'Sound',
    pages: [
      ['audio', 'Sound'],
      ['vad', 'Voice activity'],
      ['worklet', 'A model in an AudioWorklet'],
      ['denoising', 'Denoising'],
      ['amplifiers', 'Amplifiers'],
      ['spectra', 'Spectra'],
    ],
  },
  {
    title: 'Learning',
    pages: [
      ['first-model', 'Your first model'],
      ['train', 'Training'],
      ['ladder', 'Forecasting: the ladder'],
      ['tape', 'A loop of one’s own'],
    ],
  },
  {
    title: 'Reference',
    pages: [
      ['command-line', 'Command line'],
      ['onnx-operators', 'Operators of ONNX'],
      ['measurements', 'Measurements'],
      ['proof', 'How it is proved'],
      ['models', 'The character model'],
      ['charts', 'Charts'],
      ['security', 'Security'],
    ],
  },
];
