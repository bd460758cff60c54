/** What the panel does, as a program. */
export function codeOf(prompt: string, temperature: number, seed: number): string {
  return `import { loadModel, sampler } from 'hiddenstate';

const bytes = new Uint8Array(await (await fetch('moby-dick.safetensors')).arrayBuffer());
const model = loadModel(bytes);
const vocabulary = JSON.parse(model.metadata.vocabulary);
const stream = model.stream();
const next = sampler({ temperature: ${temperature}, seed: ${seed} });

let logits, text = ${JSON.stringify(prompt)};
for (const character of text) logits = stream.step(Float32Array.of(vocabulary.indexOf(character)));
for (let n = 0; n < 240; n++) {
  const id = next(logits);
  text += vocabulary[id];
  logits = stream.step(Float32Array.of(id));
}
console.log(text);
`;
}
