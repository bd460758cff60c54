/**
 * Breaks a text that comes character by character into lines, between words: a word is held back until it is complete.
 */
export class WordWrap {
  private column = 0;
  private spaces = 0;
  private word = '';

  /** @param width characters in a line; a longer word stands alone and is not cut */
  constructor(private readonly width: number) {}

  /**
   * Takes the next characters of the text.
   *
   * @returns what can be written now, line breaks included; '' while a word is not complete
   */
  push(text: string): string {
    let ready = '';
    for (const character of text) {
      if (character !== ' ' && character !== '\n') this.word += character;
      else ready += this.flush() + this.space(character);
    }
    return ready;
  }

  /** Ends the word that is held back. Spaces go out before the word that follows them, so that no line ends in one. */
  flush(): string {
    if (this.word === '') return '';
    const length = Array.from(this.word).length;
    const breaks = this.column > 0 && this.column + this.spaces + length > this.width;
    const ready = (breaks ? '\n' : ' '.repeat(this.spaces)) + this.word;
    this.column = (breaks ? 0 : this.column + this.spaces) + length;
    this.spaces = 0;
    this.word = '';
    return ready;
  }

  private space(character: string): string {
    if (character === ' ') {
      this.spaces++;
      return '';
    }
    this.column = 0;
    this.spaces = 0;
    return '\n';
  }
}
