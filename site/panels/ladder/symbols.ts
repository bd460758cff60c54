/**
 * The symbols of a text: letters, and for Hangul its letters too. Decomposed syllables (NFD) are what a small model can learn:
 * some sixty symbols in place of several hundred.
 */
export function symbolsOf(text: string): string[] {
  return [...text.replace(/\n/g, ' ').normalize('NFD')];
}

/** Symbols as text again, syllables put together; what makes none stands as letters. */
export function textOf(symbols: readonly string[]): string {
  return [...symbols.join('').normalize('NFC')].map((each) => (each === ' ' ? each : shown(each))).join('');
}

const INITIAL = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const FINAL = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

/** One symbol to look at: a dot for a space, and for a part of a syllable the letter that stands alone. */
export function shown(symbol: string): string {
  const code = symbol.codePointAt(0) as number;
  if (symbol === ' ') return '·';
  if (code >= 0x1100 && code < 0x1113) return INITIAL[code - 0x1100];
  if (code >= 0x1161 && code < 0x1176) return String.fromCodePoint(0x314f + code - 0x1161);
  if (code >= 0x11a8 && code < 0x11c3) return FINAL[code - 0x11a8];
  return symbol;
}
