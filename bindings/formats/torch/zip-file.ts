import { HiddenstateError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { Storage } from '../arrays/strided.js';
import { allowedName, type Context, storageClass } from './allowed-names.js';
import { storageKey } from './key-text.js';
import { bigEndian } from './legacy-file.js';
import { Cursor, latin1 } from './pickle/cursor.js';
import { interpretPickle } from './pickle/machine.js';

/** The entries of an archive, as a checkpoint's reader needs them. */
export interface Entries {
  readonly names: readonly string[];
  /** @throws {HiddenstateError} if the entry is damaged */
  read(name: string): Uint8Array;
}

/** The pickle of a checkpoint, and of a TorchScript archive, whose folder has the name of the file it was saved as. */
const PICKLE = /^([^/]+\/)?data\.pkl$/;

/** Whether an archive is one of PyTorch's. */
export function holdsPickle({ names }: Entries): boolean {
  return names.some((name) => PICKLE.test(name));
}

/** Whether an archive holds a compiled program besides its tensors. */
export function isTorchScript({ names }: Entries): boolean {
  return names.some((name) => /^([^/]+\/)?constants\.pkl$/.test(name));
}

/**
 * Reads the archive that `torch.save` and `torch.jit.save` write: `data.pkl`, and an entry `data/KEY` for each storage.
 *
 * @returns what the pickle left behind, its storages filled
 */
export function readZip(entries: Entries, context: Context): unknown {
  const { who } = context;
  const pickle = entries.names.find((name) => PICKLE.test(name)) as string;
  const folder = pickle.slice(0, -'data.pkl'.length);
  const known = new Set(entries.names);
  if (known.has(`${folder}byteorder`) && latin1(entries.read(`${folder}byteorder`)).trim() === 'big')
    throw bigEndian(who);
  const storages = new Map<string, Storage>();
  return interpretPickle(new Cursor(entries.read(pickle), 0, who), {
    global: (module, name) => allowedName(context, module, name),
    persistent(id) {
      if (!Array.isArray(id) || id[0] !== 'storage') {
        throw new HiddenstateError(
          'UNSUPPORTED',
          `${who}: got a reference to ${describeValue(id)}, expected to a storage`,
        );
      }
      const [, type, given] = id;
      const key = storageKey(given, who);
      const name = `${folder}data/${key}`;
      const kept = storages.get(name);
      if (kept) return kept;
      if (!known.has(name)) {
        throw new HiddenstateError(
          'FILE',
          `${who}: got no entry ${describeValue(name)} in the archive, which a tensor is in`,
        );
      }
      const storage = new Storage(key, storageClass(type, who));
      storage.bytes = entries.read(name);
      storages.set(name, storage);
      return storage;
    },
  });
}
