import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What stands in a field: a message or bytes, text, an integer, or several of them. */
type Value = Uint8Array | string | number | readonly (Uint8Array | string | number)[];

/** A protobuf message: fields by number, in any order, as many as are given. */
export function message(fields: Readonly<Record<number, Value>>): Uint8Array {
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

/** A TensorProto of float32, in raw_data. */
export function tensorProto(name: string, dims: readonly number[], data: Float32Array): Uint8Array {
  return message({ 1: dims, 2: 1, 8: name, 9: new Uint8Array(data.buffer) });
}

/** A TensorProto of int64, in int64_data. */
export function intsProto(name: string, dims: readonly number[], data: readonly number[]): Uint8Array {
  return message({ 1: dims, 2: 7, 7: data, 8: name });
}

/** A NodeProto. */
export function nodeProto(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  return message({ 1: inputs, 2: outputs, 3: `the ${op}`, 4: op, 5: attributes });
}

/** A TensorProto of bytes, int8 (3), uint8 (2) or bool (9), in raw_data. */
export function bytesProto(
  name: string,
  dims: readonly number[],
  data: Int8Array | Uint8Array,
  type: number,
): Uint8Array {
  return message({ 1: dims, 2: type, 8: name, 9: new Uint8Array(data.buffer) });
}

/** An AttributeProto of a number. */
export function floatAttribute(name: string, value: number): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  return writer.tag(2, WireType.Bit32).float(value).tag(20, WireType.Varint).int64(1).finish();
}

/** An AttributeProto of text. */
export function textAttribute(name: string, text: string): Uint8Array {
  return message({ 1: name, 4: text, 20: 3 });
}

/** An AttributeProto of an integer. */
export function intAttribute(name: string, value: number): Uint8Array {
  return message({ 1: name, 3: value, 20: 2 });
}

/** An AttributeProto of integers. */
export function intsAttribute(name: string, values: readonly number[]): Uint8Array {
  return message({ 1: name, 8: values, 20: 7 });
}

/** An AttributeProto that holds a graph. */
export function graphAttribute(name: string, graph: Uint8Array): Uint8Array {
  return message({ 1: name, 6: graph, 20: 5 });
}

/** A ValueInfoProto of a tensor: its dims numbers, or names of what is open. */
export function infoProto(name: string, dims: readonly (number | string)[], type = 1): Uint8Array {
  const shape = message({ 1: dims.map((dim) => message(typeof dim === 'number' ? { 1: dim } : { 2: dim })) });
  return message({ 1: name, 2: message({ 1: message({ 1: type, 2: shape }) }) });
}

/** What a GraphProto is made of. */
export interface GraphParts {
  readonly nodes: readonly Uint8Array[];
  readonly inputs?: readonly Uint8Array[];
  readonly outputs?: readonly string[];
  readonly tensors?: readonly Uint8Array[];
}

/** A GraphProto; its outputs of any dims. */
export function graphProto({ nodes, inputs = [], outputs = ['y'], tensors = [] }: GraphParts): Uint8Array {
  return message({ 1: nodes, 5: tensors, 11: inputs, 12: outputs.map((name) => infoProto(name, [])) });
}

/** A ModelProto. */
export function modelProto(parts: GraphParts, opset = 17): Uint8Array {
  return message({ 1: 8, 7: graphProto(parts), 8: message({ 1: '', 2: opset }) });
}
