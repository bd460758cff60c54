/** What went wrong outside the program: ends it with one line on stderr and an exit code, 2 unless told otherwise. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode = 2,
  ) {
    super(message);
  }
}

/** An error that a command has told in its own way: ends the program, and nothing more is said. */
export class SaidError extends CliError {}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'a folder, expected a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its symbolic links lead in a circle',
  EEXIST: 'it exists already',
  ERR_FS_FILE_TOO_LARGE: 'larger than 2 GB, more than Node reads at once',
  ERR_INVALID_ARG_VALUE: 'not the name of a file',
};

/**
 * Says what the operating system refused, without error numbers.
 *
 * @param error anything thrown
 * @returns a few words, to follow a colon
 */
export function describeSystemError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return SYSTEM_ERRORS[code ?? ''] ?? message ?? String(error);
}

/**
 * Makes text safe to print on one line of a terminal: control characters, which can come from file names and from files,
 * are shown as escapes, so that they neither break the line nor command the terminal.
 *
 * @param text anything
 * @returns one line
 */
export function oneLine(text: string): string {
  return text.replace(CONTROL, escapeCharacter);
}

/**
 * As `oneLine`, but leaves line feeds and tabs: for text that is shown as text.
 *
 * @param text anything
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => (/[\n\t]/.test(character) ? character : escapeCharacter(character)));
}

/**
 * JSON that is safe to print: marks within texts are escaped, as JSON allows.
 *
 * @param value anything that JSON holds
 */
export function printableJson(value: unknown): string {
  return `${printable(JSON.stringify(value, null, 2))}\n`;
}

/** Controls of ASCII and Latin-1, line separators, and the marks that reorder text. */
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escapeCharacter(character: string): string {
  const escaped = JSON.stringify(character).slice(1, -1);
  return escaped.length > 1 ? escaped : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
