/** A disk that forgets, at a power cut, what nobody synced: the functions of node:fs that keep a checkpoint. */

interface Inode {
  /** What programs read. */
  content: Uint8Array;
  /** What is on the disk. */
  durable: Uint8Array;
  mode: number;
}

type Names = Map<string, Inode>;

/** What is thrown when the power goes, and by all that comes after. */
export class PowerCut extends Error {}

/** What a power cut may leave of a file that nobody synced. */
const REMAINS: readonly ((inode: Inode) => Uint8Array)[] = [
  ({ durable }) => durable,
  ({ content }) => content,
  ({ content }) => content.subarray(0, content.length >> 1),
  // The length is on the disk, the blocks are not.
  ({ content }) => new Uint8Array(content.length),
];

export class Disk {
  private names: Names = new Map();
  private durableNames: Names = new Map();
  /** Changes of names since the folder was synced. */
  private pending: ((names: Names) => void)[] = [];
  private readonly files = new Map<number, Inode | undefined>();
  private nextFile = 100;
  private operations = 0;

  /** @param cutAt the operation at which the power goes; never unless given */
  constructor(private readonly cutAt = Number.POSITIVE_INFINITY) {}

  /** How many operations there have been. */
  get count(): number {
    return this.operations;
  }

  /** Whether the power has gone: a program learns of nothing any more. */
  get gone(): boolean {
    return this.operations >= this.cutAt;
  }

  /** The module that takes the place of node:fs. */
  readonly fs = {
    openSync: (path: string, flags: string, mode = 0o666): number => {
      this.tick();
      const file = this.nextFile++;
      if (path === FOLDER) {
        this.files.set(file, undefined);
        return file;
      }
      if (flags !== 'wx') throw new Error(`disk: got flags ${flags}, expected wx`);
      if (this.names.has(path)) throw withCode('EEXIST');
      const inode: Inode = { content: new Uint8Array(), durable: new Uint8Array(), mode };
      this.change((names) => names.set(path, inode));
      this.files.set(file, inode);
      return file;
    },
    writeSync: (file: number, bytes: Uint8Array, at = 0): number => {
      this.tick();
      const inode = this.files.get(file) as Inode;
      // A disk need not take all at once.
      const taken = bytes.subarray(at, at + Math.ceil((bytes.length - at) / 2));
      inode.content = Uint8Array.from([...inode.content, ...taken]);
      return taken.length;
    },
    fchmodSync: (file: number, mode: number): void => {
      this.tick();
      (this.files.get(file) as Inode).mode = mode;
    },
    fsyncSync: (file: number): void => {
      this.tick();
      const inode = this.files.get(file);
      if (inode) inode.durable = inode.content;
      else {
        this.durableNames = new Map(this.names);
        this.pending = [];
      }
    },
    closeSync: (file: number): void => {
      this.tick();
      this.files.delete(file);
    },
    renameSync: (from: string, to: string): void => {
      this.tick();
      const inode = this.names.get(from);
      if (!inode) throw withCode('ENOENT');
      this.change((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    },
    rmSync: (path: string): void => {
      this.tick();
      this.change((names) => names.delete(path));
    },
    readFileSync: (path: string): Uint8Array => {
      this.tick();
      const inode = this.names.get(path);
      if (!inode) throw withCode('ENOENT');
      return inode.content.slice();
    },
    readdirSync: (): string[] => [...this.names.keys()].map((path) => path.slice(FOLDER.length + 1)),
    statSync: (path: string) => {
      const inode = this.names.get(path);
      return inode && { mode: inode.mode, isFile: () => true, isDirectory: () => false };
    },
    lstatSync: (path: string) => (this.names.has(path) ? { isSymbolicLink: () => false } : undefined),
    realpathSync: (path: string) => path,
    readlinkSync: (path: string) => path,
  };

  /**
   * Every content that a file may have once the power is back: any of the changes of names may have reached the disk, in
   * their order, and of what was not synced any part.
   */
  afterPowerCut(path: string): (Uint8Array | undefined)[] {
    const contents: (Uint8Array | undefined)[] = [];
    for (let chosen = 0; chosen < 1 << this.pending.length; chosen++) {
      const names = new Map(this.durableNames);
      for (const [i, change] of this.pending.entries()) if ((chosen >> i) & 1) change(names);
      const inode = names.get(path);
      if (!inode) contents.push(undefined);
      else contents.push(...(inode.durable === inode.content ? [inode.content] : REMAINS.map((part) => part(inode))));
    }
    return contents;
  }

  private tick(): void {
    if (this.gone) throw new PowerCut('the power is gone');
    this.operations++;
  }

  private change(change: (names: Names) => void): void {
    change(this.names);
    this.pending.push(change);
  }
}

/** The only folder of the disk. */
export const FOLDER = '/disk';

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
