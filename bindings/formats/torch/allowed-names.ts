import { HiddenstateError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { DTYPES, type ElementType, isElementType } from '../arrays/dtypes.js';
import { type Budget, Storage, viewOf } from '../arrays/strided.js';
import { NumpyArray, NumpyDtype, numpyScalar } from './numpy.js';
import { type Global, InertObject, isGlobal, NamedGlobal } from './pickle/values.js';

/** What the allow-list needs to know of the file. */
export interface Context {
  readonly who: string;
  readonly budget: Budget;
  /** Names that the caller allows beside the list: their objects are kept as data. */
  readonly safeGlobals: ReadonlySet<string>;
  /** Whether classes that TorchScript compiled are kept as data. */
  readonly isTorchScript: boolean;
  /** Reads a storage that was saved on its own within the pickle. */
  storageFromBytes(bytes: Uint8Array): unknown;
}

/** The storage classes that checkpoints name, such as `torch.HalfStorage`. */
const STORAGES: Readonly<Record<string, ElementType>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

type Maker = (context: Context, args: readonly unknown[]) => unknown;

/**
 * The names that a checkpoint may use, and the data that stand for them. Nothing else is allowed: a pickle is a program,
 * and this one can only describe data. PyTorch's own list for `weights_only` is torch/_weights_only_unpickler.py.
 */
const ALLOWED: Readonly<Record<string, Maker>> = {
  'collections.OrderedDict': dict,
  'collections.defaultdict': (context, [, ...rest]) => dict(context, rest),
  'collections.Counter': dict,
  'builtins.dict': dict,
  'builtins.set': (_, [items = []]) => new Set(items as unknown[]),
  'builtins.frozenset': (_, [items = []]) => new Set(items as unknown[]),
  'builtins.list': list,
  'builtins.tuple': list,
  'builtins.bytearray': (context, [text = '', encoding]) =>
    text instanceof Uint8Array ? text : encodeText(context, [text, encoding]),
  'builtins.bytes': (_, [bytes]) => bytes,
  'builtins.int': (_, [value = 0]) => value,
  'builtins.float': (_, [value = 0]) => value,
  'builtins.complex': (_, [re = 0, im = 0]) => ({ re, im }),
  '_codecs.encode': encodeText,
  'torch.Size': list,
  'torch.device': (_, [type, index]) => (index === undefined ? type : `${type}:${index}`),
  'torch.serialization._get_layout': (_, [name]) => name,
  'torch._utils._rebuild_tensor': ({ who }, args) => viewOf(args, undefined, who),
  'torch._utils._rebuild_tensor_v2': ({ who }, args) => viewOf(args, undefined, who),
  'torch._utils._rebuild_tensor_v3': ({ who }, args) => viewOf(args, dtypeOf(args[6], who), who),
  'torch._utils._rebuild_parameter': (_, [data]) => data,
  'torch._utils._rebuild_parameter_with_state': (_, [data]) => data,
  'torch._tensor._rebuild_from_type_v2': (context, [callee, , args]) => {
    if (!isGlobal(callee) || !callee.call || !callee.name.startsWith('torch._utils._rebuild_')) {
      throw refused(context.who, `torch._tensor._rebuild_from_type_v2 of ${describeValue(callee)}`);
    }
    return callee.call(args as unknown[]);
  },
  'torch.nn.parameter.Parameter': (_, [data]) => data,
  'torch.nn.parameter.Buffer': (_, [data]) => data,
  'torch.storage.TypedStorage': (context, args) => {
    const storage = args.find((arg) => arg instanceof Storage);
    if (storage) return storage;
    throw refused(context.who, 'torch.storage.TypedStorage without a storage');
  },
  'torch.storage._load_from_bytes': (context, [bytes]) => {
    if (bytes instanceof Uint8Array) return context.storageFromBytes(bytes);
    throw refused(context.who, 'torch.storage._load_from_bytes of something that is not bytes');
  },
  'numpy.dtype': ({ who }, [code]) => new NumpyDtype(code, who),
  'numpy.ndarray': () => undefined,
  'numpy._core.multiarray._reconstruct': ({ who, budget }) => new NumpyArray(who, budget),
  'numpy._core.numeric._frombuffer': ({ who, budget }, [bytes, dtype, dims, order]) => {
    const array = new NumpyArray(who, budget);
    array.build([1, dims, dtype, order === 'F', bytes]);
    return array;
  },
  'numpy._core.multiarray.scalar': ({ who }, args) => numpyScalar(args, who),
  'pathlib.PosixPath': path,
  'pathlib.PurePosixPath': path,
  'pathlib.WindowsPath': path,
  'pathlib.PureWindowsPath': path,
};

/** Classes without behaviour that matters: kept as their attributes. */
const RECORDS = new Set(['argparse.Namespace', 'types.SimpleNamespace', 'torch._C._TensorBase', 'torch.Tensor']);

/** Names that moved: NumPy 2 renamed its core, Python 3 its builtins. */
const MOVED: readonly [string, string][] = [
  ['numpy.core.', 'numpy._core.'],
  ['__builtin__.', 'builtins.'],
  ['pathlib._local.', 'pathlib.'],
];

/** What tensors of these kinds are, for the message. */
const OTHER_TENSORS: Readonly<Record<string, string>> = {
  'torch._utils._rebuild_sparse_tensor': 'a sparse tensor: save it with to_dense()',
  'torch._utils._rebuild_qtensor': 'a quantised tensor: save it with dequantize()',
  'torch._utils._rebuild_meta_tensor_no_storage': 'a meta tensor, which has no data',
};

/**
 * Finds what stands for a name in a pickle.
 *
 * @throws {HiddenstateError} if it is not allowed; the message names it
 */
export function allowedName(context: Context, module: string, name: string): Global {
  const full = canonical(`${module}.${name}`);
  if (Object.hasOwn(ALLOWED, full)) {
    const make = ALLOWED[full];
    return new NamedGlobal(full, (args) => make(context, args));
  }
  if (module === 'torch' || module === 'torch.storage') {
    if (Object.hasOwn(STORAGES, name) || name === 'UntypedStorage' || isElementType(name)) return new NamedGlobal(full);
  }
  if (RECORDS.has(full) || context.safeGlobals.has(full) || (context.isTorchScript && isScript(module))) {
    return new NamedGlobal(full, (args) => new InertObject(full, args));
  }
  throw refused(context.who, full);
}

/** The storage that a persistent id names: `('storage', class, key, location, elements)`. */
export function storageClass(type: unknown, who: string): ElementType | undefined {
  const name = isGlobal(type) ? type.name.replace(/^.*\./, '') : '';
  if (name === 'UntypedStorage') return undefined;
  if (Object.hasOwn(STORAGES, name)) return STORAGES[name];
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got storage class ${describeValue(isGlobal(type) ? type.name : type)}, ` +
      `expected one of ${Object.keys(STORAGES).join(', ')}`,
  );
}

function isScript(module: string): boolean {
  return module === '__torch__' || module.startsWith('__torch__.') || module === 'torch.jit._pickle';
}

function canonical(name: string): string {
  const moved = MOVED.find(([old]) => name.startsWith(old));
  return moved ? moved[1] + name.slice(moved[0].length) : name;
}

function refused(who: string, name: string): HiddenstateError {
  const kind = OTHER_TENSORS[name];
  if (kind) return new HiddenstateError('UNSUPPORTED', `${who}: got ${kind}`);
  // A damaged file may call anything a name: long, and full of control characters.
  const again = /^[\w.]{1,80}$/.test(name) ? describeValue(name) : 'its name';
  return new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got ${describeValue(name)} in the pickle, which is not among the names it may use; nothing of a file is ` +
      `run. Save the weights alone (torch.save(model.state_dict(), path)), or give { safeGlobals: [${again}] } ` +
      'to have its objects kept as plain records',
  );
}

function dict({ who }: Context, [entries]: readonly unknown[]): Map<unknown, unknown> {
  if (entries === undefined) return new Map();
  if (entries instanceof Map) return new Map(entries);
  if (Array.isArray(entries) && entries.every((entry) => Array.isArray(entry) && entry.length === 2)) {
    return new Map(entries as [unknown, unknown][]);
  }
  throw new HiddenstateError('FILE', `${who}: got a dict of ${describeValue(entries)}, expected pairs`);
}

function list({ who }: Context, [items = []]: readonly unknown[]): unknown[] {
  if (Array.isArray(items)) return items;
  throw new HiddenstateError('FILE', `${who}: got a tuple of ${describeValue(items)}, expected items`);
}

/** Protocol 2 has no bytes: Python writes them as text, one character a byte. */
function encodeText({ who, budget }: Context, [text, encoding]: readonly unknown[]): Uint8Array {
  if (typeof text !== 'string' || (encoding !== undefined && encoding !== 'latin1' && encoding !== 'latin-1')) {
    throw refused(who, `_codecs.encode of ${describeValue(text)} as ${describeValue(encoding)}`);
  }
  budget.spend(text.length, 'bytes in text');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function path(_: Context, parts: readonly unknown[]): string {
  return parts.join('/').replace(/^\/\//, '/');
}

function dtypeOf(value: unknown, who: string): ElementType {
  const name = isGlobal(value) ? value.name.replace(/^torch\./, '') : '';
  if (isElementType(name)) return name;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got dtype ${describeValue(isGlobal(value) ? value.name : value)}, expected one of ${Object.keys(DTYPES).join(', ')}`,
  );
}
