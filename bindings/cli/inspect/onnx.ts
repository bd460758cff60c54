import { reasonOf } from '../../errors.js';
import type { OnnxDescription, OnnxValue, TrialDims } from '../../formats/onnx/index.js';
import { CliError, oneLine } from '../cli-error.js';
import type { ModelFile } from '../model-file.js';
import { counted, formatBytes, formatCount } from '../terminal/format.js';
import { type Inspection, left, paragraph, right, section, shownDims, shownName } from './layout.js';
import { verdict } from './verdict.js';

/**
 * Inputs, outputs, operators, recurrent layers and weights of an ONNX file, and what of it would not run.
 *
 * @throws {CliError} if it cannot be read or is no such file
 */
export async function inspectOnnx({ path, bytes }: ModelFile, dims: TrialDims = {}): Promise<Inspection> {
  // Loaded here, so that no other command waits for it.
  const { describeOnnx } = await import('../../formats/onnx/index.js');
  const description = describe(path, bytes, (file) => describeOnnx(file, { dims }));
  const content = { file: path, format: 'onnx', bytes: bytes.length, ...description };
  return { content, lines: linesOf(content) };
}

function describe(path: string, bytes: Uint8Array, read: (bytes: Uint8Array) => OnnxDescription): OnnxDescription {
  try {
    return read(bytes);
  } catch (error) {
    throw new CliError(`${path}: not an ONNX file: ${reasonOf(error, 'describeOnnx')}`);
  }
}

type Content = OnnxDescription & { readonly file: string; readonly bytes: number };

function linesOf(content: Content): string[] {
  const { file, bytes, producer, opsets, inputs, outputs, operators, layers, tensors, parameters, problems } = content;
  const nodes = operators.reduce((sum, operator) => sum + operator.nodes, 0);
  const counts = [counted(nodes, 'node'), counted(parameters, 'parameter'), formatBytes(bytes)];
  const opset = Object.entries(opsets).map(([domain, version]) => `${domain && `${domain} `}${version}`);
  const source = [`opset ${opset.join(', ') || 'unknown'}`, ...(producer ? [`written by ${producer}`] : [])];
  return [
    `${oneLine(file)}: ONNX, ${counts.join(', ')}`,
    ...paragraph(source.join(', ')),
    ...section('Inputs', VALUE_COLUMNS, inputs.map(valueRow)),
    ...section('Outputs', VALUE_COLUMNS, outputs.map(valueRow)),
    ...section(
      'Recurrent layers',
      [left('name'), left('type'), left('sizes'), left('direction')],
      layers.map(({ name, type, inputSize = '?', hiddenSize = '?', direction }) => [
        shownName(name),
        type,
        `${inputSize} → ${hiddenSize}`,
        shownName(direction),
      ]),
    ),
    ...section(
      'Operators',
      [left('name'), right('nodes'), left('runs')],
      operators.map(({ name, nodes, runs }) => [shownName(name), formatCount(nodes), runs ? 'yes' : 'NO']),
    ),
    ...section('Weights', VALUE_COLUMNS, tensors.filter(isWeight).map(valueRow)),
    '',
    ...verdict(problems),
    ...trial(content),
  ];
}

/** What the verdict stands on. */
function trial({ problems, ran, untried }: OnnxDescription): string[] {
  if (problems.length > 0) return [];
  if (ran.length > 0) return paragraph(`Tried on zeros: ${ran.join(', ')}.`);
  return untried === undefined ? [] : paragraph(`Not tried: ${untried}. --dims says what to try it with.`);
}

const VALUE_COLUMNS = [left('name'), left('dtype'), left('shape')];

/** Shapes and axes are numbers of the graph, not weights. */
function isWeight({ dtype, dims }: OnnxValue): boolean {
  return /float|double/.test(dtype) && dims !== undefined && dims.length > 0;
}

function valueRow({ name, dtype, dims }: OnnxValue): string[] {
  return [shownName(name), dtype, dims ? shownDims(dims) : ''];
}
