// Time and memory of readTorch beside the bytes of the file: node --expose-gc bench/files/read-torch.js FILE
import { readFileSync } from 'node:fs';
import { readTorch } from '../../dist/torch.js';

const path = process.argv[2];
if (path === undefined || globalThis.gc === undefined) {
  console.error('usage: node --expose-gc bench/files/read-torch.js FILE, a file of bench/files/checkpoint.py');
  process.exit(2);
}
const bytes = readFileSync(path);
const held = () => {
  globalThis.gc();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
};
const before = held();
const seconds = [];
let read;
for (let i = 0; i < 7; i++) {
  read = undefined;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  read = readTorch(bytes);
  const wall = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  seconds.push([wall, (user + system) / 1e6]);
}
const after = held();
const tensors = Object.values(read.tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
const median = (k) =>
  seconds
    .map((pair) => pair[k])
    .sort((a, b) => a - b)[3]
    .toFixed(3);
const [first] = seconds;
console.log(`${(bytes.length / 1e6).toFixed(1)} MB, ${Object.keys(read.tensors).length} tensors`);
console.log(`first ${first[0].toFixed(3)} s, median ${median(0)} s (processor ${median(1)} s)`);
console.log(
  `memory beside the file: ${((after - before) / 1e6).toFixed(1)} MB, ${((after - before + bytes.length) / tensors).toFixed(3)} × the tensors with it`,
);
