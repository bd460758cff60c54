import type { Cell } from './onnx-file.js';

/** What the panel does, as a program. */
export function codeOf(cell: Cell): string {
  return `import { ${cell} } from 'hiddenstate';
import { interleave, Plain${cell} } from 'hiddenstate/measure';

for (const units of [16, 32, 64, 128, 256]) {
  const layer = new ${cell}({ inputSize: units, hiddenSize: units, seed: 1 });
  const plain = new Plain${cell}(layer.stateDict());
  const stream = layer.stream();
  const [x, h] = [new Float32Array(units).fill(0.1), new Float32Array(units)];
  const timings = interleave([
    { name: 'hiddenstate', run: () => stream.step(x, h) },
    { name: 'plain JavaScript', run: () => plain.step(x, h) },
  ]);
  for (const { name, medianMicroseconds } of timings) console.log(units, name, medianMicroseconds);
}
`;
}
