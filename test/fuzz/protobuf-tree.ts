/** Damages files of protobuf as trees: the lengths around a change are right again, so that readers get to its depth. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { mulberry32 } from '../support/random.js';

interface Field {
  no: number;
  type: WireType;
  /** A number, raw bytes, or the fields of a message. */
  value: bigint | Uint8Array | Field[];
}

const DEEPEST = 12;
/** Bytes that are repeated at most: it is the reader that is tried, not this program. */
const MOST_REPEATED = 100_000;
const NUMBERS = [
  0n,
  1n,
  2n,
  7n,
  11n,
  127n,
  255n,
  65_536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 53n,
  2n ** 63n - 1n,
  -1n,
  -(2n ** 63n),
];

/** Damages one of the files at one to four fields. The same seed gives the same damage. */
export function mutateTree(seeds: readonly Uint8Array[], seed: number): Uint8Array {
  const random = mulberry32(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)];
  const tree = parse(pick(seeds), 0) ?? [];
  for (let times = 1 + below(4); times > 0; times--) {
    const places = placesOf(tree);
    const { siblings, index } = pick(places);
    const field = siblings[index];
    const other = pick(places);
    const changes: (() => void)[] = [
      () => siblings.splice(index, 1),
      () => siblings.splice(index, 0, structuredClone(field)),
      () => siblings.splice(below(siblings.length), 0, ...siblings.splice(index, 1)),
      () => siblings.splice(index, 1, structuredClone(other.siblings[other.index])),
      () => siblings.push({ ...structuredClone(other.siblings[other.index]), no: field.no }),
      () => Object.assign(field, { no: 1 + below(30) }),
      () => Object.assign(field, Array.isArray(field.value) ? { value: [] } : {}),
      () => nest(field, 1 + below(40)),
      () => repeat(siblings, index, 2 ** below(10)),
      () => changeValue(field, pick(NUMBERS), random()),
      () => changeValue(field, BigInt(below(40)) - 4n, random()),
    ];
    if (siblings[index]) pick(changes)();
    if (tree.length === 0) break;
  }
  return serialise(tree);
}

/** Reads bytes as a message; undefined if they are none. */
function parse(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [no, type] = reader.tag();
      if (type === WireType.Varint) fields.push({ no, type, value: BigInt(reader.int64()) });
      else if (type === WireType.LengthDelimited) {
        const body = reader.bytes();
        const inner = depth < DEEPEST && body.length > 1 && !isText(body) ? parse(body, depth + 1) : undefined;
        fields.push({ no, type, value: inner ?? body });
      } else if (type === WireType.Bit32) fields.push({ no, type, value: BigInt(reader.fixed32()) });
      else if (type === WireType.Bit64) fields.push({ no, type, value: BigInt(reader.fixed64()) });
      else return undefined;
    }
  } catch {
    return undefined;
  }
  return fields;
}

/** Names would mostly pass for messages, too. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}

function placesOf(siblings: Field[]): { siblings: Field[]; index: number }[] {
  return siblings.flatMap((field, index) => [
    { siblings, index },
    ...(Array.isArray(field.value) ? placesOf(field.value) : []),
  ]);
}

/** Puts a field into itself, again and again. */
function nest(field: Field, times: number): void {
  for (let i = 0; i < times; i++) field.value = [{ ...field, type: WireType.LengthDelimited }];
  field.type = WireType.LengthDelimited;
}

function repeat(siblings: Field[], index: number, times: number): void {
  if (serialise([siblings[index]]).length * times > MOST_REPEATED) return;
  siblings.splice(index, 0, ...Array.from({ length: times }, () => structuredClone(siblings[index])));
}

function changeValue(field: Field, number: bigint, share: number): void {
  if (typeof field.value === 'bigint') field.value = number;
  else if (field.value instanceof Uint8Array) {
    const bytes = field.value.slice(0, Math.ceil(field.value.length * share * 1.5));
    if (bytes.length > 0) bytes[Math.floor(share * bytes.length)] = Number(BigInt.asUintN(8, number));
    field.value = bytes;
  }
}

function serialise(fields: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { no, type, value } of fields) {
    if (typeof value !== 'bigint') writer.tag(no, WireType.LengthDelimited).bytes(bytesOf(value));
    else if (type === WireType.Bit32) writer.tag(no, type).fixed32(Number(BigInt.asUintN(32, value)));
    else if (type === WireType.Bit64) writer.tag(no, type).fixed64(BigInt.asUintN(64, value));
    else writer.tag(no, WireType.Varint).int64(BigInt.asIntN(64, value));
  }
  return writer.finish();
}

function bytesOf(value: Uint8Array | Field[]): Uint8Array {
  return Array.isArray(value) ? serialise(value) : value;
}
