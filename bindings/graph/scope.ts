/** Names and what they stand for; those of the graphs around are seen through. */
export class Scope<T> {
  private readonly own = new Map<string, T>();

  constructor(private readonly around?: Scope<T>) {}

  get(name: string): T | undefined {
    for (let scope: Scope<T> | undefined = this; scope; scope = scope.around) {
      const found = scope.own.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  set(name: string, value: T): void {
    this.own.set(name, value);
  }

  /** Every name, those of the innermost graph first. */
  *names(): IterableIterator<string> {
    for (let scope: Scope<T> | undefined = this; scope; scope = scope.around) yield* scope.own.keys();
  }

  /** The same names over a copy of what is around: what is set in it is not seen here. */
  copy(copies: Map<Scope<T>, Scope<T>>): Scope<T> {
    const made = copies.get(this);
    if (made) return made;
    const copy = new Scope<T>(this.around?.copy(copies));
    for (const [name, value] of this.own) copy.own.set(name, value);
    copies.set(this, copy);
    return copy;
  }
}
