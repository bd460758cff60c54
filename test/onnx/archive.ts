/** Reads the archives that generate.py wrote: models with inputs and the outputs that others computed for them. */
import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';

/** Elements as callers hold them: bool and 4-bit integers as bytes, float16 and bfloat16 as their bits. */
const ARRAYS = {
  float: Float32Array,
  double: Float64Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int4: Int8Array,
  uint4: Uint8Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
};

type NumberType = keyof typeof ARRAYS;

/** Strings are stored as JSON. */
export type OnnxDtype = NumberType | 'string';

export type Elements = InstanceType<(typeof ARRAYS)[NumberType]> | string[];

export interface CaseTensor {
  readonly name: string;
  /** As TensorProto calls it, in small letters. */
  readonly dtype: OnnxDtype;
  readonly dims: readonly number[];
  readonly data: Elements;
}

export interface CaseRun {
  readonly inputs: readonly CaseTensor[];
  readonly outputs: readonly CaseTensor[];
}

export interface OnnxCase {
  readonly name: string;
  readonly opset: number;
  /** Every one of its nodes', branches included; with its domain where that is not ONNX's own. */
  readonly operators: readonly string[];
  readonly model: Uint8Array<ArrayBuffer>;
  readonly runs: readonly CaseRun[];
}

type Place = readonly [offset: number, length: number];

interface StoredTensor {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly dims: number[];
  readonly at: Place;
}

interface StoredCase {
  readonly name: string;
  readonly opset: number;
  readonly operators: string[];
  readonly model: Place;
  readonly runs: readonly { readonly inputs: StoredTensor[]; readonly outputs: StoredTensor[] }[];
}

/**
 * Opens an archive.
 *
 * @param name of a file in vectors/, without `.zip`
 */
export function readArchive(
  name:
    | 'backend'
    | 'torch'
    | 'opsets'
    | 'spatial'
    | 'tf2onnx'
    | 'onnxruntime'
    | 'control'
    | 'exporters'
    | 'quantized'
    | 'keras'
    | 'texts',
): OnnxCase[] {
  const members = unzipSync(readFileSync(new URL(`vectors/${name}.zip`, import.meta.url)));
  const stored: StoredCase[] = JSON.parse(strFromU8(members['cases.json']));
  const blob = members['data.bin'];
  const cut = ([offset, length]: Place) => blob.slice(offset, offset + length);
  const tensor = ({ name, dtype, dims, at }: StoredTensor) => ({ name, dtype, dims, data: elements(dtype, cut(at)) });
  return stored.map(({ model, runs, ...rest }) => ({
    ...rest,
    model: cut(model),
    runs: runs.map(({ inputs, outputs }) => ({ inputs: inputs.map(tensor), outputs: outputs.map(tensor) })),
  }));
}

function elements(dtype: OnnxDtype, bytes: Uint8Array<ArrayBuffer>): Elements {
  return dtype === 'string' ? JSON.parse(strFromU8(bytes)) : new ARRAYS[dtype](bytes.buffer);
}
