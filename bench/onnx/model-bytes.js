import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Writes ONNX models for the benchmarks: a list of nodes, with weights that are drawn as they are named. */
export class ModelBytes {
  #nodes = [];
  #tensors = [];
  #seed = 1;

  /** Adds a node; returns the name of its first output. */
  add(op, inputs, attributes = {}, outputs = [`${op}${this.#nodes.length}`], domain = '') {
    const list = Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'string') return message({ 1: name, 4: value, 20: 3 });
      if (typeof value[0] === 'string') return message({ 1: name, 9: value, 20: 8 });
      if (Array.isArray(value)) return message({ 1: name, 8: value, 20: 7 });
      return message({ 1: name, 3: value, 20: 2 });
    });
    this.#nodes.push(message({ 1: inputs, 2: outputs, 3: `n${this.#nodes.length}`, 4: op, 5: list, 7: domain }));
    return outputs[0];
  }

  /** Adds weights of these dims, drawn around `mean`, as large as keeps sums of `fan` products near 1. */
  weights(dims, fan = 1, mean = 0) {
    const data = noise(
      dims.reduce((a, b) => a * b, 1),
      this.#seed++,
    );
    return this.floats(
      dims,
      data.map((value) => mean + (value * 2) / Math.sqrt(fan)),
    );
  }

  floats(dims, data) {
    const name = `w${this.#tensors.length}`;
    this.#tensors.push(message({ 1: dims, 2: 1, 8: name, 9: new Uint8Array(Float32Array.from(data).buffer) }));
    return name;
  }

  /** Adds int8 weights. */
  bytes(dims, data) {
    const name = `w${this.#tensors.length}`;
    this.#tensors.push(message({ 1: dims, 2: 3, 8: name, 9: new Uint8Array(data.buffer) }));
    return name;
  }

  integers(data) {
    const name = `w${this.#tensors.length}`;
    this.#tensors.push(message({ 1: [data.length], 2: 7, 7: data, 8: name }));
    return name;
  }

  /** @param inputs, outputs names and dims; a number below 0 is open */
  finish(inputs, outputs, opset = 17) {
    const infos = (values) =>
      Object.entries(values).map(([name, dims]) => {
        const shape = message({ 1: dims.map((dim) => message(dim < 0 ? { 2: `d${-dim}` } : { 1: dim })) });
        return message({ 1: name, 2: message({ 1: message({ 1: 1, 2: shape }) }) });
      });
    const graph = message({ 1: this.#nodes, 2: 'g', 5: this.#tensors, 11: infos(inputs), 12: infos(outputs) });
    const opsets = [message({ 1: '', 2: opset }), message({ 1: 'com.microsoft', 2: 1 })];
    return message({ 1: 8, 7: graph, 8: opsets });
  }
}

/** A protobuf message: fields by number, several of one number as a list. */
export function message(fields) {
  const writer = new BinaryWriter();
  for (const [no, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'number') writer.tag(Number(no), WireType.Varint).int64(item);
      else if (typeof item === 'string') writer.tag(Number(no), WireType.LengthDelimited).string(item);
      else writer.tag(Number(no), WireType.LengthDelimited).bytes(item);
    }
  }
  return writer.finish();
}

/** Numbers between −0.5 and 0.5. */
export function noise(length, seed) {
  let state = seed * 7919 + 17;
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  });
}
