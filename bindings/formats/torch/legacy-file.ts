import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { DTYPES } from '../arrays/dtypes.js';
import { Storage } from '../arrays/strided.js';
import { allowedName, type Context, storageClass } from './allowed-names.js';
import { storageKey } from './key-text.js';
import { Cursor } from './pickle/cursor.js';
import { interpretPickle, type PickleHost } from './pickle/machine.js';

/** The first pickle of the format before PyTorch 1.6 holds this number: 0x1950a86a20f9469cfc6c. */
const MAGIC = 119547037146038801333356n;
const BEGINNING = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const PROTOCOL = 1001;

/** Whether bytes begin as `torch.save` wrote them before version 1.6, or with `_use_new_zipfile_serialization=False`. */
export function isLegacy(bytes: Uint8Array): boolean {
  return BEGINNING.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads the older format: five pickles (magic number, protocol, byte order, the value, the keys of its storages), then for
 * each storage its length and its elements.
 *
 * @returns what the value's pickle left behind, its storages filled
 */
export function readLegacy(bytes: Uint8Array, context: Context): unknown {
  const { who } = context;
  const cursor = new Cursor(bytes, 0, who);
  const plain: PickleHost = {
    global: (module, name) => allowedName(context, module, name),
    persistent: (id) => {
      throw cursor.damaged(`a storage ${describeValue(id)} before the value`);
    },
  };
  if (interpretPickle(cursor, plain) !== MAGIC || interpretPickle(cursor, plain) !== PROTOCOL) {
    throw new HiddenstateError('FILE', `${who}: got another magic number or protocol than that of PyTorch`);
  }
  const system = interpretPickle(cursor, plain);
  if (system instanceof Map && system.get('little_endian') === false) throw bigEndian(who);

  const storages = new Map<string, Storage>();
  const value = interpretPickle(cursor, {
    ...plain,
    persistent: (id) => legacyStorage(id, storages, who),
  });
  const keys = interpretPickle(cursor, plain);
  if (!Array.isArray(keys)) throw cursor.damaged('a list of storages that is not one,');
  for (const key of keys) fill(storages.get(storageKey(key, who)), key, cursor, who);
  return value;
}

/** A checkpoint of a big-endian machine. */
export function bigEndian(who: string): HiddenstateError {
  return new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got a file written on a big-endian machine, expected little-endian; load and save it again elsewhere`,
  );
}

/** `('storage', class, key, location, elements, None)`; a view of another storage has a tuple in the last place. */
function legacyStorage(id: unknown, storages: Map<string, Storage>, who: string): Storage {
  if (!Array.isArray(id) || id[0] !== 'storage') {
    throw new HiddenstateError('UNSUPPORTED', `${who}: got a reference to ${describeValue(id)}, expected to a storage`);
  }
  const [, type, key, , , view] = id;
  if (view !== undefined && view !== null) {
    throw new HiddenstateError('UNSUPPORTED', `${who}: got a storage that is a view of another, of PyTorch before 0.4`);
  }
  const name = storageKey(key, who);
  const storage = storages.get(name) ?? new Storage(name, storageClass(type, who));
  storages.set(storage.key, storage);
  return storage;
}

function fill(storage: Storage | undefined, key: unknown, cursor: Cursor, who: string): void {
  if (!storage || storage.bytes) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got data for storage ${describeValue(key)}, which no tensor is in, or twice`,
    );
  }
  const count = cursor.uint64();
  const size = storage.dtype ? DTYPES[storage.dtype].size : 1;
  if (count * size > cursor.bytes.length)
    throw rangeError(`${who}: got a storage of ${count} elements, more than the file has`);
  storage.bytes = cursor.span(count * size);
}
