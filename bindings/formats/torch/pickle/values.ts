/**
 * A class or function that a pickle names. It stands for the name alone: nothing is looked up and nothing of the file is
 * ever run. Where the allow-list knows the name, `call` builds the data that Python's constructor would.
 */
export interface Global {
  /** `collections.OrderedDict` */
  readonly name: string;
  /** Builds the value from the arguments; absent for names that are data, such as `torch.float32`. */
  readonly call?: (args: readonly unknown[]) => unknown;
}

/** What kind of value a Global is, told apart from data of the file. */
export function isGlobal(value: unknown): value is Global {
  return value instanceof NamedGlobal;
}

/** A Global; a class so that no data of a file can look like one. */
export class NamedGlobal implements Global {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly unknown[]) => unknown,
  ) {}
}

/** An object of a class that is kept as data: its name, the arguments it was made with, and its attributes. */
export class InertObject {
  /** The attributes that the pickle sets, or undefined. */
  state: unknown;

  constructor(
    readonly className: string,
    readonly args: readonly unknown[],
  ) {}
}

/** A value that takes its content after it was made, as Python's `__setstate__`. */
export interface Buildable {
  build(state: unknown): void;
}

/** Whether a value takes its content later. */
export function isBuildable(value: unknown): value is Buildable {
  return typeof (value as Partial<Buildable> | null)?.build === 'function';
}
