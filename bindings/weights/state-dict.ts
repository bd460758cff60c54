import { HiddenstateError, rangeError, typeError } from '../errors.js';
import {
  assertStoredTensor,
  assertTensor,
  describeValue,
  formatDims,
  type Int8Tensor,
  isInt8Array,
  readable,
  type StateDict,
  type StoredStateDict,
  type Tensor,
} from '../tensor.js';
import { dequantizeMatrix, type QuantizedMatrix, SCALE_SUFFIX, type WeightFormat } from './quantized.js';

/** The name and shape of a weight. */
export interface ParameterDims {
  /** PyTorch's name within the module. */
  readonly name: string;
  readonly dims: readonly number[];
}

/** One named weight of a module: how to read it out of wasm memory and how to put it there. */
export interface Parameter extends ParameterDims {
  /** A copy, row-major; of an int8 weight, the values it stands for. */
  read(): Float32Array;
  /** Takes over the values, an int8 weight by rounding them; `data` has the size of `dims` and stays the caller's. */
  write(data: Float32Array): void;
  /** Writes what `uniform` gives, drawn by a kernel where it is kept. */
  draw?(seed: number, first: number, bound: number): void;
  /** The same without expanding and rounding, where the weight is kept as int8. */
  readonly int8?: {
    read(): QuantizedMatrix;
    write(matrix: QuantizedMatrix): void;
  };
  /** Whether training leaves it as it is: what a Scaler measured. */
  readonly fixed?: boolean;
}

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** What the names begin with, `'encoder.'`; only names that begin with it are looked at. Default `''`: all. */
  prefix?: string;
}

/**
 * Copies all parameters out.
 *
 * @returns tensors of their own, under PyTorch's names
 */
export function collectStateDict(parameters: readonly Parameter[]): StateDict {
  return collectStoredStateDict(parameters, true) as StateDict;
}

/**
 * Copies all parameters out as they are kept: int8 ones with their scales.
 *
 * @param expanded as float32 after all
 * @returns tensors of their own
 */
export function collectStoredStateDict(parameters: readonly Parameter[], expanded = false): StoredStateDict {
  const dict: StoredStateDict = {};
  for (const { name, dims, read, int8 } of parameters) {
    if (int8 && !expanded) {
      const { q, scales } = int8.read();
      dict[name] = { data: q, dims: [...dims] };
      dict[name + SCALE_SUFFIX] = { data: scales, dims: [scales.length] };
    } else dict[name] = { data: read(), dims: [...dims] };
  }
  return dict;
}

/** The names under which `collectStoredStateDict` gives them. */
export function storedNames(parameters: readonly Parameter[]): string[] {
  return parameters.flatMap(({ name, int8 }) => (int8 ? [name, name + SCALE_SUFFIX] : [name]));
}

/** How a layer of these tensors is kept unless told otherwise: int8 where one of them is. */
export function formatOf(dict: StoredStateDict, names: readonly string[]): WeightFormat {
  return names.some((name) => isInt8Array(dict[name]?.data)) ? 'int8' : 'float32';
}

/** What a dict holds for a parameter. */
type Weight = Tensor | QuantizedMatrix;

/**
 * Finds the tensors of all parameters, strictly: each one present with its exact dims, no name left over.
 *
 * @param who the beginning of error messages
 * @returns the tensors in the parameters' order; they stay the caller's
 * @throws {TypeError} if the dict or a tensor has the wrong kind
 * @throws {RangeError} if a tensor's dims are not the parameter's
 * @throws {Error} if a name is missing or unknown
 */
export function matchStateDict(
  parameters: readonly ParameterDims[],
  dict: StateDict,
  who: string,
  options?: LoadOptions,
): Tensor[] {
  return match(parameters, dict, who, options, (key, dims) => expectDims(dict[key], dims, `${who}: ${key}`));
}

/** As `matchStateDict`, where a matrix may be int8, with its scales beside it. */
export function matchStored(
  parameters: readonly ParameterDims[],
  dict: StoredStateDict,
  who: string,
  options?: LoadOptions,
): Weight[] {
  return match(parameters, dict, who, options, (key, dims, left) => {
    const tensor = dict[key];
    if (dims.length !== 2 || !readable(tensor) || !isInt8Array(tensor?.data))
      return expectDims(tensor, dims, `${who}: ${key}`);
    assertStoredTensor(tensor, `${who}: ${key}`);
    assertDims(tensor, dims, `${who}: ${key}`);
    left.delete(key + SCALE_SUFFIX);
    return { q: tensor.data, scales: scalesOf(dict, key, dims[0], who) };
  });
}

/** @param take what the dict holds for a parameter; takes the names it uses besides the parameter's own out of `left` */
function match<T>(
  parameters: readonly ParameterDims[],
  dict: StoredStateDict,
  who: string,
  { prefix = '' }: LoadOptions = {},
  take: (key: string, dims: readonly number[], left: Set<string>) => T,
): T[] {
  const names = namesUnder(dict, prefix, who);
  const left = new Set(names);
  const taken = parameters.map(({ name, dims }) => {
    const key = prefix + name;
    if (!left.delete(key)) {
      throw missingTensor(dict, key, who, ` among ${listNames(names)}`, `dims ${formatDims(dims)}`);
    }
    return take(key, dims, left);
  });
  const [unknown] = left;
  if (unknown !== undefined) {
    const known = listNames(parameters.map(({ name }) => prefix + name));
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: got unknown tensor ${describeValue(unknown)}, expected only ${known}`,
    );
  }
  return taken;
}

/** An error that says that there is no such tensor, and where one lies that has the last part of its name. */
export function missingTensor(
  dict: StoredStateDict,
  name: string,
  who: string,
  among: string,
  expected: string,
): HiddenstateError {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const found = Object.keys(dict).find((key) => key === last || key.endsWith(`.${last}`));
  const hint = found === undefined ? '' : `; did you mean prefix ${describeValue(found.slice(0, -last.length))}?`;
  return new HiddenstateError('WEIGHTS', `${who}: ${name}: got no such tensor${among}, expected ${expected}${hint}`);
}

function scalesOf(dict: StoredStateDict, key: string, rows: number, who: string): Float32Array {
  const name = key + SCALE_SUFFIX;
  if (!Object.hasOwn(dict, name)) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: ${key}: got int8 without scales, expected a tensor ${name} of dims [${rows}]`,
    );
  }
  return expectDims(dict[name], [rows], `${who}: ${name}`).data;
}

/**
 * Loads parameters as `matchStored` finds them. Everything is checked before anything is written, so an error leaves
 * the module as it was.
 */
export function applyStateDict(
  parameters: readonly Parameter[],
  dict: StoredStateDict,
  who: string,
  options: LoadOptions = {},
): void {
  const weights = matchStored(parameters, dict, who, options);
  parameters.forEach(({ write, int8 }, i) => {
    const weight = weights[i];
    if ('data' in weight) write(weight.data);
    else if (int8) int8.write(weight);
    else write(dequantizeMatrix(weight));
  });
}

/**
 * The names of a dict that begin with a prefix.
 *
 * @throws {TypeError} if the dict is not an object or the prefix not a string
 */
export function namesUnder(dict: StoredStateDict, prefix: string, who: string): string[] {
  if (typeof dict !== 'object' || dict === null || !readable(dict) || Array.isArray(dict)) {
    throw typeError(`${who}: got ${describeValue(dict)}, expected a state dict { name: tensor }`);
  }
  if (typeof prefix !== 'string') throw typeError(`${who}: got prefix ${describeValue(prefix)}, expected a string`);
  return Object.keys(dict).filter((name) => name.startsWith(prefix));
}

/**
 * Checks that a value is a tensor of exactly these dims.
 *
 * @throws {TypeError} if it is no tensor
 * @throws {RangeError} if its dims differ
 */
export function expectDims(value: unknown, dims: readonly number[], who: string): Tensor {
  assertTensor(value, who);
  assertDims(value, dims, who);
  return value;
}

function assertDims(value: Tensor | Int8Tensor, dims: readonly number[], who: string): void {
  if (value.dims.length !== dims.length || value.dims.some((size, i) => size !== dims[i])) {
    throw rangeError(`${who}: got dims ${formatDims(value.dims)}, expected ${formatDims(dims)}`);
  }
}

function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 6).map(describeValue).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}
