/** One recurrent layer as the bytes of an ONNX file, for onnxruntime-web: protobuf's wire format has three rules. */

type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

export type Cell = 'RNN' | 'LSTM' | 'GRU';
type Dict = Readonly<Record<string, { readonly data: Float32Array }>>;

const FLOAT = 1;
const INT = 2;
const IR_VERSION = 8;
const OPSET = 14;
/** ONNX's order of the gates, by PyTorch's: i o f c from i f g o, z r h from r z n. */
const ORDER: Readonly<Record<Cell, readonly number[]>> = { LSTM: [0, 3, 1, 2], GRU: [1, 0, 2], RNN: [0] };

/** @param dict weights as PyTorch has them; as many features as units */
export function onnxFile(cell: Cell, units: number, dict: Dict): Uint8Array {
  const rows = ORDER[cell].length * units;
  const states = cell === 'LSTM' ? ['h', 'c'] : ['h'];
  const bias = new Float32Array(2 * rows);
  bias.set(reorder(dict.bias_ih_l0.data, cell));
  bias.set(reorder(dict.bias_hh_l0.data, cell), rows);
  const attribute = (name: string, value: number): Field => [
    5,
    [
      [1, name],
      [3, value],
      [20, INT],
    ],
  ];
  const node: Field[] = [
    ...['X', 'W', 'R', 'B', '', ...states.map((state) => `initial_${state}`)].map((name): Field => [1, name]),
    ...['', ...states.map((state) => `Y_${state}`)].map((name): Field => [2, name]),
    [4, cell],
    attribute('hidden_size', units),
    ...(cell === 'GRU' ? [attribute('linear_before_reset', 1)] : []),
  ];
  const graph: Field[] = [
    [1, node],
    [2, cell],
    [5, tensor('W', [1, rows, units], reorder(dict.weight_ih_l0.data, cell))],
    [5, tensor('R', [1, rows, units], reorder(dict.weight_hh_l0.data, cell))],
    [5, tensor('B', [1, 2 * rows], bias)],
    [11, value('X', [1, 1, units])],
    ...states.map((state): Field => [11, value(`initial_${state}`, [1, 1, units])]),
    ...states.map((state): Field => [12, value(`Y_${state}`, [1, 1, units])]),
  ];
  return encode([
    [1, IR_VERSION],
    [8, [[2, OPSET]]],
    [7, graph],
  ]);
}

function tensor(name: string, dims: readonly number[], data: Float32Array): Field[] {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...dims.map((extent): Field => [1, extent]), [2, FLOAT], [8, name], [9, raw]];
}

function value(name: string, dims: readonly number[]): Field[] {
  const shape = dims.map((extent): Field => [1, [[1, extent]]]);
  return [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, FLOAT],
            [2, shape],
          ],
        ],
      ],
    ],
  ];
}

function reorder(data: Float32Array, cell: Cell): Float32Array {
  const order = ORDER[cell];
  const block = data.length / order.length;
  const out = new Float32Array(data.length);
  order.forEach((from, to) => {
    out.set(data.subarray(from * block, (from + 1) * block), to * block);
  });
  return out;
}

/** A number is a varint; texts, bytes and messages follow their length. */
function encode(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, content] of fields) {
    if (typeof content === 'number') {
      parts.push(varint(number * 8), varint(content));
    } else {
      const bytes =
        typeof content === 'string'
          ? new TextEncoder().encode(content)
          : content instanceof Uint8Array
            ? content
            : encode(content);
      parts.push(varint(number * 8 + 2), varint(bytes.length), bytes);
    }
  }
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
