/** The part of jsfive that is used; the package has no types of its own. */
declare module 'jsfive' {
  export interface Attributes {
    readonly [name: string]: unknown;
  }

  export class Group {
    readonly keys: string[];
    readonly attrs: Attributes;
    readonly _fh: ArrayBuffer;
    get(path: string): Group | Dataset | null;
  }

  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string);
  }

  export interface Dataset {
    readonly shape: readonly number[];
    readonly dtype: unknown;
    readonly value: unknown;
    readonly attrs: Attributes;
    readonly _dataobjects: { readonly chunks: readonly number[] | undefined };
  }
}
