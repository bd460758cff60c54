/** The state of a panel, kept after the # of the address: a link to it restores it, and nothing of it reaches a server. */
export class Permalink {
  private readonly values = new URLSearchParams(location.hash.slice(1));

  has(name: string): boolean {
    return this.values.has(name);
  }

  text(name: string, fallback: string): string {
    return this.values.get(name) ?? fallback;
  }

  /** A number within bounds; a link by hand may hold anything. */
  number(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.values.get(name) ?? Number.NaN);
    return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : fallback;
  }

  set(name: string, value: string | number | undefined): void {
    if (value === undefined || value === '') this.values.delete(name);
    else this.values.set(name, String(value));
    history.replaceState(null, '', `#${this.values}`);
  }

  get address(): string {
    return `${location.href.replace(/#.*$/, '')}#${this.values}`;
  }
}
