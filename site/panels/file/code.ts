import type { Opened } from './messages.js';

/** What the panel does with a file, as a program; before there is one, with any. */
export function codeOf(name: string, found?: Opened): string {
  const feeds = found?.inputs
    .map(({ name: input, type }, i) => {
      const dims = found.dims[i];
      return `  ${JSON.stringify(input)}: { data: ${zerosOf(input, type, dims)}, dims: [${dims.join(', ')}] },`;
    })
    .join('\n');
  return `import { openModel } from 'hiddenstate/files';${found ? `   // ${found.format}` : ''}

const model = await openModel(${JSON.stringify(name)});   // a URL; in Node also a path
${feeds === undefined ? 'console.log(model.inputs, model.outputs);   // names, types, dims\nconst results = model.run({ x: { data, dims: [1, 10, 64] } });' : `const results = model.run({\n${feeds}\n});`}
model.dispose();
`;
}

/** An array of an input's type and size, as the panel feeds it. */
function zerosOf(name: string, type: string, dims: readonly number[]): string {
  if (type === 'int64' && name === 'sr') return 'BigInt64Array.of(16000n)';
  const size = dims.reduce((product, extent) => product * extent, 1);
  const arrays: Record<string, string> = { int64: 'BigInt64Array', int32: 'Int32Array', bool: 'Uint8Array' };
  return `new ${arrays[type] ?? 'Float32Array'}(${size})`;
}
