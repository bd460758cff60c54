import { HiddenstateError, rangeError } from '../../errors.js';
import type { Dtype, TensorValue, Values } from '../../graph/index.js';
import { describeValue } from '../../tensor.js';

/** Where a tensor's bytes lie in a file beside the model. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  /** As the model says it; where it does not, the tensor's own size. */
  readonly length: number | undefined;
}

/** A tensor whose bytes come from another file, when they are first asked for. */
export class ExternalTensor implements TensorValue {
  private decoded: Values | undefined;

  /** @param converted whether the runtime holds the type in another form than the file does */
  constructor(
    readonly dtype: Dtype,
    readonly dims: readonly number[],
    private readonly bytes: () => Uint8Array,
    private readonly decode: (raw: Uint8Array) => Values,
    private readonly converted: boolean,
  ) {}

  get data(): Values {
    this.decoded ??= this.decode(this.bytes());
    return this.decoded;
  }

  get pieces(): readonly Uint8Array[] | undefined {
    return this.converted ? undefined : [this.bytes()];
  }
}

/** A tensor that asked for bytes of a file. */
interface Claim extends ExternalPlace {
  readonly label: string;
  readonly bytes: number;
}

/** Where a reader finds the bytes of tensors that lie in files beside the model. */
export interface ExternalBytes {
  /**
   * Notes that a tensor needs bytes.
   *
   * @param bytes how many
   * @returns gives them, once the file is there
   * @throws {RangeError} if the place leads out of the model's folder, or its numbers are no place
   */
  claim(place: ExternalPlace, bytes: number, label: string): () => Uint8Array;
}

/** For models that must be whole in one file. */
export const NO_FILES: ExternalBytes = {
  claim({ location }, _bytes, label) {
    throw new HiddenstateError(
      'FILE',
      `${label}: got external data in ${describeValue(location)}, expected a model that is whole in one file`,
    );
  },
};

/** The files beside a model that its tensors name. The reader notes who needs what; the loader provides the bytes. */
export class ExternalFiles implements ExternalBytes {
  private readonly claims = new Map<string, Claim[]>();
  private readonly files = new Map<string, Uint8Array>();

  /** The files that tensors name and nobody provided, in the order of the model. */
  get missing(): string[] {
    return [...this.claims.keys()].filter((location) => !this.files.has(location));
  }

  claim(place: ExternalPlace, bytes: number, label: string): () => Uint8Array {
    const { offset, length = bytes } = place;
    const location = insideFolder(place.location, label);
    if (!Number.isSafeInteger(offset) || offset < 0 || length !== bytes) {
      throw rangeError(
        `${label}: got external data at ${offset} of ${length} bytes, expected ${bytes} bytes for its dims`,
      );
    }
    const claim = { location, offset, length, label, bytes };
    const file = this.files.get(location);
    if (file) assertWithin(file, claim);
    const others = this.claims.get(location);
    if (others) others.push(claim);
    else this.claims.set(location, [claim]);
    return () => {
      const found = this.files.get(location);
      if (found) return found.subarray(offset, offset + bytes);
      throw new HiddenstateError(
        'FILE',
        `${label}: got external data in ${describeValue(location)} that nobody provided, expected it beside the model ` +
          'or in the option externalData: [{ path, data }]',
      );
    };
  }

  /**
   * Takes a file in.
   *
   * @throws {RangeError} if a tensor needs bytes beyond its end
   */
  provide(location: string, file: Uint8Array): void {
    for (const claim of this.claims.get(location) ?? []) assertWithin(file, claim);
    this.files.set(location, file);
  }
}

function assertWithin(file: Uint8Array, { label, location, offset, bytes }: Claim): void {
  if (offset + bytes <= file.length) return;
  throw rangeError(
    `${label}: got external data at ${offset} of ${bytes} bytes in ${describeValue(location)} of ${file.length} bytes, ` +
      'expected a place within the file',
  );
}

/**
 * A file's path within the model's folder, its parts joined by `/`.
 *
 * @throws {RangeError} if it is absolute, a URL, or leads out of the folder
 */
export function insideFolder(location: string, label: string): string {
  const parts = location.split(/[/\\]/).filter((part) => part !== '.' && part !== '');
  const isAbsolute = /^([/\\]|[a-z][a-z0-9+.-]*:)/i.test(location);
  if (parts.length > 0 && !isAbsolute && !parts.includes('..') && !location.includes('\0')) return parts.join('/');
  throw rangeError(
    `${label}: got external data in ${describeValue(location)}, expected a file in the folder of the model`,
  );
}
