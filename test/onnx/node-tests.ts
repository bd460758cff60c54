/** Reads ONNX's own backend tests as its repository has them: a folder for each, model.onnx and test_data_set_N/*.pb, in a .tar.gz. */
import { readFileSync } from 'node:fs';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { gunzipSync, strFromU8 } from 'fflate';

export interface NodeTensor {
  readonly name: string;
  /** Number of TensorProto.DataType. */
  readonly type: number;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
}

export interface NodeTest {
  readonly name: string;
  readonly model: Uint8Array;
  /** By run: what is fed and what is expected, `undefined` where it is no tensor or of a type without an array. */
  readonly runs: readonly {
    readonly inputs: readonly (NodeTensor | undefined)[];
    readonly outputs: readonly (NodeTensor | undefined)[];
  }[];
}

/** Arrays by TensorProto.DataType. */
const ARRAYS: Readonly<Record<number, new (bytes: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>>> = {
  1: Float32Array,
  2: Uint8Array,
  3: Int8Array,
  4: Uint16Array,
  5: Int16Array,
  6: Int32Array,
  7: BigInt64Array,
  9: Uint8Array,
  10: Uint16Array,
  11: Float64Array,
  12: Uint32Array,
  13: BigUint64Array,
  16: Uint16Array,
};

/** The members of a tar archive by name. */
function untar(bytes: Uint8Array): Map<string, Uint8Array<ArrayBuffer>> {
  const members = new Map<string, Uint8Array<ArrayBuffer>>();
  const text = (at: number, length: number) => strFromU8(bytes.subarray(at, at + length)).replace(/\0.*$/s, '');
  let long = '';
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    // A name of more than 100 characters: GNU's tar writes it as a member before, others its beginning at the end of the header.
    const content = bytes.slice(at + 512, at + 512 + size);
    const before = text(at + 345, 155);
    if (text(at + 156, 1) === 'L') long = strFromU8(content).replace(/\0.*$/s, '');
    else {
      members.set(long || (before ? `${before}/${text(at, 100)}` : text(at, 100)), content);
      long = '';
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

/** A TensorProto; `undefined` if it is none that has an array: a sequence, strings, a type of 8 bits or fewer that is packed. */
function tensorOf(bytes: Uint8Array): NodeTensor | undefined {
  const reader = new BinaryReader(bytes);
  const dims: number[] = [];
  let [type, name] = [0, ''];
  let raw: Uint8Array | undefined;
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    if (no === 1 && wire === WireType.Varint) dims.push(Number(reader.int64()));
    else if (no === 1 && wire === WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) dims.push(Number(reader.int64()));
    } else if (no === 2 && wire === WireType.Varint) type = reader.int32();
    else if (no === 8 && wire === WireType.LengthDelimited) name = reader.string();
    else if (no === 9 && wire === WireType.LengthDelimited) raw = reader.bytes();
    else reader.skip(wire);
  }
  const Kind = ARRAYS[type];
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!Kind || (!raw && count > 0)) return undefined;
  const data = new Kind((raw ?? new Uint8Array()).slice().buffer as ArrayBuffer);
  return data.length === count ? { name, type, dims, data } : undefined;
}

function tryTensor(bytes: Uint8Array): NodeTensor | undefined {
  try {
    return tensorOf(bytes);
  } catch {
    return undefined;
  }
}

/** Reads the archive. */
export function readNodeTests(path: string): NodeTest[] {
  const folders = new Map<string, Map<string, Uint8Array>>();
  for (const [path_, bytes] of untar(gunzipSync(new Uint8Array(readFileSync(path))))) {
    const [, name, file] = /([^/]+)\/(model\.onnx|test_data_set_\d+\/\w+\.pb)$/.exec(path_) ?? [];
    if (!name) continue;
    const folder = folders.get(name) ?? new Map<string, Uint8Array>();
    folders.set(name, folder.set(file, bytes));
  }
  const tests: NodeTest[] = [];
  for (const [name, files] of folders) {
    const model = files.get('model.onnx');
    if (!model) continue;
    const sets = [...new Set([...files.keys()].flatMap((file) => /^test_data_set_\d+/.exec(file) ?? []))];
    const read = (set: string, kind: string) =>
      [...files.keys()]
        .filter((file) => file.startsWith(`${set}/${kind}_`))
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .map((file) => tryTensor(files.get(file) as Uint8Array));
    tests.push({
      name,
      model,
      runs: sets.map((set) => ({ inputs: read(set, 'input'), outputs: read(set, 'output') })),
    });
  }
  return tests;
}
