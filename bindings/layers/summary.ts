import { typeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import { Module } from './module.js';
import { Sequential } from './sequential.js';

/** One layer of a summary. */
export interface LayerSummary {
  /** Its place: `0`, `2.1`; empty for a layer by itself. */
  readonly name: string;
  readonly type: string;
  /** Features in and out; 0 where any width will do and none is known. */
  readonly inputSize: number;
  readonly outputSize: number;
  readonly parameters: number;
  /** Of the weights as they are kept: a quarter for int8 matrices. */
  readonly bytes: number;
  /** Multiplications of a weight for one step of one sequence. */
  readonly macs: number;
}

/** What a model is made of; as text, a table. */
export interface ModelSummary {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly bytes: number;
  readonly macs: number;
  /** A table of the layers, one a line. */
  toString(): string;
}

/**
 * Says what a model is made of: layers, widths, weights, bytes, and multiplications a step.
 *
 * @param model any layer or Sequential
 * @throws {TypeError} if it is none
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential, summary } from 'hiddenstate';
 *
 * const model = new Sequential([
 *   new GRU({ inputSize: 8, hiddenSize: 16 }),
 *   new Linear({ inFeatures: 16, outFeatures: 2 }),
 * ]);
 * const { parameters, macs } = summary(model);
 * console.log(parameters, macs); // 1282 1184
 * console.log(String(summary(model)));
 * ```
 */
export function summary(model: Module): ModelSummary {
  if (!(model instanceof Module)) {
    throw typeError(`summary: got ${describeValue(model)}, expected a layer or a Sequential`);
  }
  const layers: LayerSummary[] = [];
  const visit = (module: Module, name: string, width: number): number => {
    if (module instanceof Sequential) {
      return module.modules.reduce((w, part, i) => visit(part, name === '' ? String(i) : `${name}.${i}`, w), width);
    }
    const outputSize = module.outputSize || width;
    layers.push({ name, type: module.type, inputSize: module.inputSize || width, outputSize, ...countsOf(module) });
    return outputSize;
  };
  visit(model, '', model.inputSize);
  const sum = (part: 'parameters' | 'bytes' | 'macs') => layers.reduce((total, layer) => total + layer[part], 0);
  const whole = { layers, parameters: sum('parameters'), bytes: sum('bytes'), macs: sum('macs') };
  return { ...whole, toString: () => tableOf(whole) };
}

function countsOf(module: Module): Pick<LayerSummary, 'parameters' | 'bytes' | 'macs'> {
  let [parameters, bytes, macs] = [0, 0, 0];
  for (const { dims, int8 } of module.parameters) {
    const count = dims.reduce((product, size) => product * size, 1);
    parameters += count;
    // An int8 matrix has a scale of four bytes for each row.
    bytes += int8 && module.config.weights === 'int8' ? count + 4 * dims[0] : 4 * count;
    // An Embedding copies a row.
    if (dims.length === 2 && module.type !== 'Embedding') macs += count;
  }
  return { parameters, bytes, macs };
}

function tableOf({ layers, parameters, bytes, macs }: Omit<ModelSummary, 'toString'>): string {
  const number = (value: number) => value.toLocaleString('en-US');
  const rows = [
    ['', 'layer', 'in', 'out', 'weights', 'bytes', 'MACs a step'],
    ...layers.map((layer) => [
      layer.name,
      layer.type,
      ...[layer.inputSize, layer.outputSize].map((size) => (size ? number(size) : 'any')),
      ...[layer.parameters, layer.bytes, layer.macs].map(number),
    ]),
    ['', 'all', '', '', ...[parameters, bytes, macs].map(number)],
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
