import type { Cell } from './onnx-file.js';

/** What the panel does with this library, as a program. */
export function codeOf(cell: Cell): string {
  return `import { ${cell} } from 'hiddenstate';

for (const units of [16, 32, 64, 128, 256]) {
  const layer = new ${cell}({ inputSize: units, hiddenSize: units, seed: 1 });
  const stream = layer.stream();
  const [x, h] = [new Float32Array(units).fill(0.1), new Float32Array(units)];
  const micros = Array.from({ length: 51 }, () => {
    const start = performance.now();
    for (let n = 0; n < 1000; n++) stream.step(x, h);
    return performance.now() - start;           // ms of a thousand: µs of one
  });
  console.log(units, micros.sort((a, b) => a - b)[25]);
  layer.dispose();
}
// Beside plain JavaScript, in a terminal: npx hiddenstate bench
`;
}
