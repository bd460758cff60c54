import { COMMON_OPTIONS } from './arguments.js';
import type { Command } from './command.js';
import type { Option } from './syntax.js';
import { tableLines } from './terminal/table.js';

const INDENT = '  ';
const COLUMNS = [
  { title: '', align: 'left' },
  { title: '', align: 'left' },
] as const;

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
    'Results go to stdout, everything about the work to stderr. The exit code is 0, or 2',
    'after wrong arguments or input, with one line on stderr that says what to do.',
  ]);
}

/** The help of one command. */
export function commandHelp({ name, description, operand, target, options, examples }: Command): string {
  const operands = [operand, target].filter((each) => each !== undefined);
  const all = [...options, ...COMMON_OPTIONS];
  return lines([
    `Usage: hiddenstate ${name}${operands.map(operandUsage).join('')}${options.length ? ' [OPTIONS]' : ''}`,
    '',
    ...description,
    '',
    ...(operands.length > 0 ? [...indent(operands.map((each) => [each.name, each.help])), ''] : []),
    'Options',
    ...indent(all.map((option) => [optionUsage(option), option.help])),
    '',
    'Examples',
    ...examples.map((example) => `${INDENT}hiddenstate ${example}`),
  ]);
}

function operandUsage(operand: Command['operand']): string {
  if (!operand) return '';
  return operand.optional ? ` [${operand.name}]` : ` ${operand.name}`;
}

function optionUsage({ name, value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function indent(rows: readonly (readonly string[])[]): string[] {
  return tableLines(COLUMNS, rows).map((line) => INDENT + line);
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
