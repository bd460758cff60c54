const CHUNK = 2000;

/** Bits per character that a model of characters needs for a text, in one pass, the state carried from chunk to chunk. */
export function bitsPerCharacter(text, model) {
  const tokens = new Map(JSON.parse(model.metadata.vocabulary).map((character, i) => [character, i]));
  const ids = Float32Array.from(text, (character) => tokens.get(character) ?? Number.NaN);
  let nats = 0;
  let state;
  for (let start = 0; start < ids.length - 1; start += CHUNK) {
    const data = ids.subarray(start, Math.min(start + CHUNK, ids.length - 1));
    const result = model.forward({ data, dims: [data.length] }, { state });
    state = result.state;
    data.forEach((_, t) => {
      const logits = result.output.data.subarray(t * tokens.size, (t + 1) * tokens.size);
      nats += surprise(logits, ids[start + t + 1]);
    });
  }
  return nats / Math.LN2 / (ids.length - 1);
}

/** −log of the softmax at one place, in float64. */
function surprise(logits, place) {
  const greatest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - greatest), 0);
  return greatest + Math.log(sum) - logits[place];
}
