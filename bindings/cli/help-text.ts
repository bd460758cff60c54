import { optionsOf } from './arguments.js';
import type { Command } from './command.js';
import type { Option } from './syntax.js';
import { wrapped } from './terminal/wrap.js';

const INDENT = '  ';
const GAP = '  ';
/** What every terminal shows. */
const WIDTH = 80;
/** A term wider than this stands on a line of its own. */
const WIDEST_TERM = 24;

/** The help of the program: its commands and how to learn more. */
export function programHelp(commands: readonly Command[]): string {
  return lines([
    'hiddenstate: run RNN, LSTM and GRU networks',
    '',
    'Usage: hiddenstate COMMAND [OPTIONS]',
    '',
    'Commands',
    ...indent(
      commands.map(({ name, operand, target, summary }) => [
        `${name}${operandUsage(operand)}${operandUsage(target)}`,
        summary,
      ]),
    ),
    '',
    'Options',
    ...indent([
      ['--help', 'show this text; after a command, the help of that command'],
      ['--version', 'show the version'],
    ]),
    '',
    ...wrapped(
      'Results go to stdout, everything about the work to stderr. The exit code is 0, or 2 ' +
        'after wrong arguments or input, with one line on stderr that says what to do.',
      WIDTH,
    ),
  ]);
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, description, operand, target, options, examples } = command;
  const operands = [operand, target].filter((each) => each !== undefined);
  const all = optionsOf(command);
  return lines([
    `Usage: hiddenstate ${name}${operands.map(operandUsage).join('')}${options.length ? ' [OPTIONS]' : ''}`,
    '',
    ...wrapped(description.join(' '), WIDTH),
    '',
    ...(operands.length > 0 ? [...indent(operands.map((each) => [each.name, each.help])), ''] : []),
    'Options',
    ...indent(all.map((option) => [optionUsage(option), option.help])),
    '',
    'Examples',
    ...examples.flatMap((example) => commandLines(`hiddenstate ${example}`)),
  ]);
}

function operandUsage(operand: Command['operand']): string {
  if (!operand) return '';
  return operand.optional ? ` [${operand.name}]` : ` ${operand.name}`;
}

function optionUsage({ name, value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

/** Terms and what they mean, side by side, the meanings wrapped. */
function indent(rows: readonly (readonly string[])[]): string[] {
  const width = Math.min(WIDEST_TERM, Math.max(...rows.map(([term]) => term.length)));
  const left = INDENT.length + width + GAP.length;
  return rows.flatMap(([term, meaning]) => {
    const room = WIDTH - Math.max(left, INDENT.length + term.length + GAP.length);
    const [first] = wrapped(meaning, room);
    const rest = meaning.slice(first.length).trim();
    const more = rest === '' ? [] : wrapped(rest, WIDTH - left);
    return [`${INDENT}${term.padEnd(width)}${GAP}${first}`, ...more.map((line) => ' '.repeat(left) + line)];
  });
}

/** A command line, broken before an option as a shell goes on reading it. */
function commandLines(line: string): string[] {
  const lines: string[] = [];
  let current = INDENT;
  for (const part of line.split(/ (?=--)/)) {
    const next = current.trim() === '' ? current + part : `${current} ${part}`;
    if (next.length + 2 <= WIDTH || current.trim() === '') current = next;
    else {
      lines.push(`${current} \\`);
      current = `${INDENT}${INDENT}${part}`;
    }
  }
  return [...lines, current];
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
