import type { Opened } from './messages.js';

/** What the panel does with a file, as a program; before there is one, with any. */
export function codeOf(name: string, found?: Opened): string {
  const feeds = found?.inputs
    .map(({ name: input }, i) => `  ${JSON.stringify(input)}: { data, dims: [${found.dims[i].join(', ')}] },`)
    .join('\n');
  return `import { openModel } from 'hiddenstate/files';${found ? `   // ${found.format}` : ''}

const model = await openModel(${JSON.stringify(name)});   // a URL; in Node also a path
${feeds === undefined ? 'console.log(model.inputs, model.outputs);   // names, types, dims\nconst results = model.run({ x: { data, dims: [1, 10, 64] } });' : `const results = model.run({\n${feeds}\n});`}
model.dispose();
`;
}
