import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a contender is told on its command line. */
export function given() {
  const [folder, name, ...sizes] = process.argv.slice(2);
  const read = (tensor) => {
    const bytes = readFileSync(join(folder, `${tensor}.f32`));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  return { name, sizes: sizes.map(Number), read };
}

/** Answers each line, a count of steps, with their losses, the mean time of one, and what of it the process was computing. */
export async function answer(about, step) {
  console.log(JSON.stringify({ about }));
  for await (const line of createInterface({ input: process.stdin })) {
    const losses = [];
    const start = performance.now();
    const before = process.cpuUsage();
    for (let i = 0; i < Number(line); i++) losses.push(step());
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (performance.now() - start) / losses.length;
    console.log(JSON.stringify({ losses, milliseconds, computing: (user + system) / 1000 / losses.length }));
  }
}
