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
}
