/** Reads the cases beside this file; see generate.py. */
import { readFileSync } from 'node:fs';
import type { AttributeValue } from '../../bindings/graph/index.js';
import { readSafetensors } from '../../bindings/index.js';

/** One node with inputs and what it must give. */
export interface OperatorCase {
  readonly name: string;
  readonly source: 'specification' | 'onnx-backend';
  readonly op: 'RNN' | 'LSTM' | 'GRU';
  readonly opset: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The node's inputs in order, empty where left out. */
  readonly slots: readonly string[];
  readonly results: readonly string[];
  /** The node alone as an ONNX file, base64. */
  readonly model: string;
}

const file = readSafetensors(readFileSync(new URL('operators.safetensors', import.meta.url)));

/** Every case. */
export const CASES: readonly OperatorCase[] = JSON.parse(file.metadata?.cases ?? '[]');

/** A tensor of a case: an input, or an expected output. */
export function tensorOfCase({ name }: OperatorCase, tensor: string) {
  return file.tensors[`${name}/${tensor}`];
}
