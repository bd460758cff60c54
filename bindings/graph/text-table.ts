/**
 * The strings of a model, each once. Tensors of strings hold places in this table, so that operators which only move elements move
 * strings as they move int32, and equal strings have equal places.
 *
 * Strings of the file stay. Those that were fed give their places to the next run's.
 */
export class TextTable {
  private readonly texts: string[] = [];
  private readonly places = new Map<string, number>();
  private readonly fed = new Set<number>();
  private readonly free: number[] = [];

  /** The place of a string of the file. */
  keep(text: string): number {
    const place = this.feed(text);
    this.fed.delete(place);
    return place;
  }

  /** The place of a string that is fed: until `forgetFed`. */
  feed(text: string): number {
    let place = this.places.get(text);
    if (place === undefined) {
      place = this.free.pop() ?? this.texts.length;
      this.texts[place] = text;
      this.places.set(text, place);
      this.fed.add(place);
    }
    return place;
  }

  /** The string at a place. */
  at(place: number): string {
    return this.texts[place];
  }

  /** Frees the places of what was fed, but for strings that the file turned out to have as well. */
  forgetFed(): void {
    if (this.fed.size === 0) return;
    for (const place of this.fed) {
      this.places.delete(this.texts[place]);
      this.free.push(place);
    }
    this.fed.clear();
  }
}
