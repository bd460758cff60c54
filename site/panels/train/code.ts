import type { Cell, Data } from './messages.js';

/** The lesson as a program: what the panel does, without what it shows. */
export function codeOf(kind: Data['kind'], cell: Cell, units: number): string {
  const text = kind === 'text';
  const layers = text
    ? `  new Embedding({ numEmbeddings: alphabet.length, embeddingDim: 24, seed: 1 }),
  new ${cell}({ inputSize: 24, hiddenSize: ${units}, seed: 2 }),
  new Linear({ inFeatures: ${units}, outFeatures: alphabet.length, seed: 3 }),`
    : `  new ${cell}({ inputSize: 1, hiddenSize: ${units}, seed: 2 }),
  new Linear({ inFeatures: ${units}, outFeatures: 1, seed: 3 }),`;
  const data = text
    ? `const characters = [...text];
const alphabet = [...new Set(characters)].sort();
const ids = Float32Array.from(characters, (character) => alphabet.indexOf(character));
const shaped = ({ data }) => lanes(data, { steps: 50, batch: Math.min(16, Math.floor((data.length - 1) / 50)) });
const [known, held] = splitByTime(ids, 0.1).map(shaped);`
    : `// numbers: a Float32Array, less its mean, in standard deviations
const end = Math.round(numbers.length * 0.9);
const series = (data) => ({ data, dims: [data.length, 1] });
const known = windows(series(numbers.subarray(0, end)), { steps: 32, batch: 16, stride: 8, shuffle: 1 });
const held = windows(series(numbers.subarray(end - 32)), { steps: 32, batch: 16, stride: 8 });`;
  return `import { ${text ? `Embedding, ${cell}, Linear, Sequential` : `${cell}, Linear, Sequential`} } from 'hiddenstate';
import { Adam, ${text ? 'crossEntropy, fit, lanes, splitByTime' : 'fit, mse, windows'} } from 'hiddenstate/train';

${data}
const model = new Sequential([
${layers}
]);
const { epoch, loss } = await fit(model, known, {
  loss: ${text ? 'crossEntropy()' : 'mse()'},
  epochs: ${text ? 60 : 200},
  optimizer: (parameters) => new Adam(parameters, { learningRate: 0.005 }),
  clipNorm: 1,
  validation: held,
  patience: ${text ? 6 : 20},
  onProgress: ({ loss, gradientNorm }) => console.log(loss, gradientNorm),
});
console.log(epoch, ${text ? 'loss / Math.LN2, "bits a character"' : 'loss'});
const file = model.save(); // .safetensors
`;
}
