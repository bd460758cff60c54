import { assertTensor, describeValue, formatDims, type StateDict, type Tensor } from '../tensor.js';

/** The name and shape of a weight. */
export interface ParameterDims {
  /** PyTorch's name within the module. */
  readonly name: string;
  readonly dims: readonly number[];
}

/** One named weight of a module: how to read it out of wasm memory and how to put it there. */
export interface Parameter extends ParameterDims {
  /** A copy, row-major. */
  read(): Float32Array;
  /** Takes over the values; `data` has the size of `dims` and stays the caller's. */
  write(data: Float32Array): void;
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
  const dict: StateDict = {};
  for (const { name, dims, read } of parameters) dict[name] = { data: read(), dims: [...dims] };
  return dict;
}

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
  { prefix = '' }: LoadOptions = {},
): Tensor[] {
  const names = namesUnder(dict, prefix, who);
  const left = new Set(names);
  const tensors = parameters.map(({ name, dims }) => {
    const key = prefix + name;
    if (!left.delete(key)) {
      throw new Error(
        `${who}: ${key}: got no such tensor among ${listNames(names)}, expected dims ${formatDims(dims)}`,
      );
    }
    return expectDims(dict[key], dims, `${who}: ${key}`);
  });
  const [unknown] = left;
  if (unknown !== undefined) {
    const known = listNames(parameters.map(({ name }) => prefix + name));
    throw new Error(`${who}: got unknown tensor ${describeValue(unknown)}, expected only ${known}`);
  }
  return tensors;
}

/**
 * Loads parameters as `matchStateDict` finds them. Everything is checked before anything is written, so an error leaves
 * the module as it was.
 */
export function applyStateDict(
  parameters: readonly Parameter[],
  dict: StateDict,
  who: string,
  options: LoadOptions = {},
): void {
  const tensors = matchStateDict(parameters, dict, who, options);
  parameters.forEach(({ write }, i) => {
    write(tensors[i].data);
  });
}

/**
 * The names of a dict that begin with a prefix.
 *
 * @throws {TypeError} if the dict is not an object or the prefix not a string
 */
export function namesUnder(dict: StateDict, prefix: string, who: string): string[] {
  if (typeof dict !== 'object' || dict === null || Array.isArray(dict)) {
    throw new TypeError(`${who}: got ${describeValue(dict)}, expected a state dict { name: tensor }`);
  }
  if (typeof prefix !== 'string') throw new TypeError(`${who}: got prefix ${describeValue(prefix)}, expected a string`);
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
  if (value.dims.length !== dims.length || value.dims.some((size, i) => size !== dims[i])) {
    throw new RangeError(`${who}: got dims ${formatDims(value.dims)}, expected ${formatDims(dims)}`);
  }
  return value;
}

function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 6).map(describeValue).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}
