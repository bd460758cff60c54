import { readFileSync } from 'node:fs';

const read = () => JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8'));

const tensor = ({ data, dims }) => ({ data: Float32Array.from(data), dims });
const tensors = (dict) => Object.fromEntries(Object.entries(dict).map(([name, value]) => [name, tensor(value)]));

/** The golden case beside this file, its numbers as tensors. */
export function golden() {
  const { options, stateDict, input, state } = read();
  return { options, stateDict: tensors(stateDict), input: tensor(input), state: tensors(state) };
}
