import { parseArgs } from 'node:util';
import { nearest } from '../nearest.js';
import { DECIMAL } from '../text.js';
import { CliError } from './cli-error.js';
import type { Option, Syntax } from './syntax.js';

const HELP: Option = { name: 'help', help: 'show this text' };
const FORCE: Option = { name: 'force', help: 'write over a file that is read, too' };

/** All that a command understands: its own options, and what all do, or all that write files. */
export function optionsOf({ options, target }: Pick<Syntax, 'options' | 'target'>): readonly Option[] {
  const writes = target !== undefined || options.some(({ output }) => output);
  return [...options, ...(writes ? [FORCE] : []), HELP];
}

/** Limits of a number on the command line. */
export interface NumberLimits {
  readonly least: number;
  readonly most?: number;
  readonly integer?: boolean;
}

/** The arguments of one call, checked against what the command declares. */
export class Arguments {
  /**
   * @param operand what the command works on; undefined where it takes none or it was left out
   * @param target where the result goes, where the command takes such an argument
   * @param values of the options that were given, by name; '' for an option without a value
   */
  constructor(
    readonly operand: string | undefined,
    readonly target: string | undefined,
    private readonly values: ReadonlyMap<string, string>,
  ) {}

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value of an option, if it was given. */
  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /**
   * The value of an option as a number, if it was given.
   *
   * @throws {CliError} if it is not a number within the limits
   */
  number(name: string, limits: NumberLimits): number | undefined {
    const text = this.values.get(name);
    return text === undefined ? undefined : parseNumber(`--${name}`, text, limits);
  }
}

/**
 * Reads a number as people write it: decimal, with or without an exponent.
 *
 * @param who the beginning of the error message
 * @throws {CliError} if it is anything else or not within the limits
 */
export function parseNumber(who: string, text: string, { least, most, integer = false }: NumberLimits): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  const fits = value >= least && value <= (most ?? Number.MAX_VALUE) && (!integer || Number.isSafeInteger(value));
  if (fits) return value;
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new CliError(`${who}: got ${JSON.stringify(text)}, expected ${integer ? 'an integer' : 'a number'} ${range}`);
}

/**
 * Checks a command line against a command. With `--help` nothing else is checked.
 *
 * @param argv what follows the command's name
 * @throws {CliError} that says what was wrong and what to write instead
 */
export function parseArguments(command: Syntax, argv: readonly string[]): Arguments {
  const known = new Map(optionsOf(command).map((option) => [option.name, option]));
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries([...known].map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }])),
    // Not strict: its messages run over three lines and suggest nothing.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = tokens.filter((token) => token.kind === 'option');
  if (options.some(({ rawName }) => isHelp(rawName)))
    return new Arguments(undefined, undefined, new Map([['help', '']]));
  const values = new Map(options.map((token) => readOption(token, known)));
  const operands = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value);
  const [operand, target] = readOperands(command, operands);
  return new Arguments(operand, target, values);
}

/** Whether an argument asks for help. */
export function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h';
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string;
  readonly inlineValue?: boolean;
}

function readOption(token: OptionToken, known: ReadonlyMap<string, Option>): [string, string] {
  const { name, rawName, value, inlineValue } = token;
  const option = rawName.startsWith('--') ? known.get(name) : undefined;
  if (!option) {
    const meant = nearest(name, [...known.keys()]);
    const names = [...known.keys()].map((each) => `--${each}`).join(', ');
    throw new CliError(`unknown option ${rawName}; ${meant ? `did you mean --${meant}?` : `expected one of ${names}`}`);
  }
  if (option.value === undefined) {
    if (value === undefined) return [name, ''];
    throw new CliError(`--${name} takes no value; leave out "=${value}"`);
  }
  // `--prompt --chars 5` forgot the text; a text that begins with dashes can be given as `--prompt=--text`.
  const swallowed = !inlineValue && value?.startsWith('--') && known.has(value.slice(2).split('=')[0]);
  if (value === undefined || swallowed) {
    throw new CliError(`--${name} needs a value; write --${name} ${option.value}`);
  }
  return [name, value];
}

function readOperands({ name, operand, target }: Syntax, given: readonly string[]): readonly (string | undefined)[] {
  const expected = [operand, target].filter((each) => each !== undefined);
  if (given.length > expected.length) {
    const before = expected.map((each, i) => `${each.name} ${JSON.stringify(given[i])}`).join(' and ');
    const where = before && ` after ${before}`;
    const stray = JSON.stringify(given[expected.length]);
    throw new CliError(`got ${stray}${where}, expected options only; quote a text with spaces`);
  }
  const missing = expected.find((each, i) => !each.optional && !given[i]);
  if (missing) throw new CliError(`no ${missing.name} given; see "hiddenstate help ${name}"`);
  return given;
}
