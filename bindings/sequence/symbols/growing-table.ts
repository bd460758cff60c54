/** Columns of 32-bit integers that grow together: nodes of large trees, without an object for each. */
export class GrowingTable<Name extends string> {
  /** Current arrays; `add` may replace them. */
  readonly columns: Record<Name, Int32Array>;
  private size = 0;

  constructor(
    private readonly names: readonly Name[],
    capacity = 1024,
  ) {
    this.columns = Object.fromEntries(names.map((name) => [name, new Int32Array(capacity)])) as Record<
      Name,
      Int32Array
    >;
  }

  get length(): number {
    return this.size;
  }

  /** Adds a row of zeros and gives its number. */
  add(): number {
    if (this.size === this.columns[this.names[0]].length) {
      for (const name of this.names) {
        const larger = new Int32Array(2 * this.size);
        larger.set(this.columns[name]);
        this.columns[name] = larger;
      }
    }
    return this.size++;
  }
}
