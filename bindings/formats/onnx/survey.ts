import { typeName } from '../../graph/index.js';
import { MAX_DEPTH } from './find-operators.js';
import { eachField } from './message.js';
import type { OnnxValue } from './onnx-value.js';
import { ownDomain } from './own-domain.js';
import * as schema from './schema.js';

/** A node of one of the recurrent operators. */
export interface RecurrentNode {
  readonly name: string;
  readonly op: string;
  /** Name of W. */
  readonly weights: string;
  readonly direction: string;
  readonly hiddenSize: number | undefined;
}

const RECURRENT = ['RNN', 'LSTM', 'GRU'];

/** Walks a file and notes what it meets, whether it runs or not. */
export class Survey {
  sawGraph = false;
  readonly producer: string[] = [];
  readonly opsets: Record<string, number> = {};
  readonly inputs: OnnxValue[] = [];
  readonly outputs: OnnxValue[] = [];
  readonly tensors: OnnxValue[] = [];
  readonly nodes = new Map<string, { readonly op: string; readonly domain: string; count: number }>();
  readonly recurrent: RecurrentNode[] = [];

  /** A ModelProto. */
  model(bytes: Uint8Array): void {
    eachField(bytes, (field) => {
      if (field.no === schema.MODEL_PRODUCER_NAME || field.no === schema.MODEL_PRODUCER_VERSION)
        this.producer.push(field.text());
      else if (field.no === schema.MODEL_OPSET_IMPORT) this.opset(field.bytes());
      else if (field.no === schema.MODEL_GRAPH) {
        this.sawGraph = true;
        this.graph(field.bytes(), 0);
      } else return false;
      return true;
    });
  }

  private opset(bytes: Uint8Array): void {
    let domain = '';
    let version = 0;
    eachField(bytes, (field) => {
      if (field.no === schema.OPSET_DOMAIN) domain = field.text();
      else if (field.no === schema.OPSET_VERSION) version = field.int();
      else return false;
      return true;
    });
    this.opsets[ownDomain(domain)] = version;
  }

  private graph(bytes: Uint8Array, depth: number): void {
    if (depth > MAX_DEPTH) return;
    eachField(bytes, (field) => {
      if (field.no === schema.GRAPH_NODE) this.node(field.bytes(), depth);
      else if (field.no === schema.GRAPH_INITIALIZER) this.tensors.push(tensorOf(field.bytes()));
      else if (field.no === schema.GRAPH_INPUT && depth === 0) this.inputs.push(declarationOf(field.bytes()));
      else if (field.no === schema.GRAPH_OUTPUT && depth === 0) this.outputs.push(declarationOf(field.bytes()));
      else return false;
      return true;
    });
  }

  private node(bytes: Uint8Array, depth: number): void {
    const node = { op: '', domain: '', name: '', inputs: [] as string[], outputs: [] as string[] };
    const attributes: Uint8Array[] = [];
    eachField(bytes, (field) => {
      if (field.no === schema.NODE_INPUT) node.inputs.push(field.text());
      else if (field.no === schema.NODE_OUTPUT) node.outputs.push(field.text());
      else if (field.no === schema.NODE_NAME) node.name = field.text();
      else if (field.no === schema.NODE_OP_TYPE) node.op = field.text();
      else if (field.no === schema.NODE_ATTRIBUTE) attributes.push(field.bytes());
      else if (field.no === schema.NODE_DOMAIN) node.domain = ownDomain(field.text());
      else return false;
      return true;
    });
    const key = `${node.domain} ${node.op}`;
    const entry = this.nodes.get(key) ?? { op: node.op, domain: node.domain, count: 0 };
    this.nodes.set(key, entry);
    entry.count++;
    const plain = this.attributes(attributes, node.op === 'Constant' ? node.outputs[0] : '', depth);
    if (node.domain !== '' || !RECURRENT.includes(node.op)) return;
    this.recurrent.push({
      name: node.name || (node.outputs.find((output) => output !== '') ?? ''),
      op: node.op,
      weights: node.inputs[1] ?? '',
      direction: plain.direction ?? 'forward',
      hiddenSize: plain.hiddenSize,
    });
  }

  /** @returns what a recurrent node says of itself */
  private attributes(all: readonly Uint8Array[], constant: string, depth: number) {
    const plain: { direction?: string; hiddenSize?: number } = {};
    for (const bytes of all) {
      let name = '';
      eachField(bytes, (field) => {
        if (field.no === schema.ATTRIBUTE_NAME) name = field.text();
        else if (field.no === schema.ATTRIBUTE_I && name === 'hidden_size') plain.hiddenSize = field.int();
        else if (field.no === schema.ATTRIBUTE_S && name === 'direction') plain.direction = field.text();
        else if (field.no === schema.ATTRIBUTE_T && constant)
          this.tensors.push({ ...tensorOf(field.bytes()), name: constant });
        else if (field.no === schema.ATTRIBUTE_G || field.no === schema.ATTRIBUTE_GRAPHS)
          this.graph(field.bytes(), depth + 1);
        else return false;
        return true;
      });
    }
    return plain;
  }
}

function tensorOf(bytes: Uint8Array): OnnxValue {
  const dims: number[] = [];
  let name = '';
  let dtype = 0;
  eachField(bytes, (field) => {
    if (field.no === schema.TENSOR_DIMS) field.intsInto(dims);
    else if (field.no === schema.TENSOR_DATA_TYPE) dtype = field.int();
    else if (field.no === schema.TENSOR_NAME) name = field.text();
    else return false;
    return true;
  });
  return { name, dtype: typeName(dtype), dims };
}

function declarationOf(bytes: Uint8Array): OnnxValue {
  let name = '';
  let type: Pick<OnnxValue, 'dtype' | 'dims'> = { dtype: 'undefined' };
  eachField(bytes, (field) => {
    if (field.no === schema.VALUE_NAME) name = field.text();
    else if (field.no === schema.VALUE_TYPE) type = typeOf(field.bytes());
    else return false;
    return true;
  });
  return { name, ...type };
}

/** TypeProto's fields other than tensor_type. */
const CONTAINERS: Readonly<Record<number, string>> = {
  [schema.TYPE_SEQUENCE]: 'sequence',
  [schema.TYPE_MAP]: 'map',
  [schema.TYPE_SPARSE_TENSOR]: 'sparse tensor',
  [schema.TYPE_OPTIONAL]: 'optional',
};

function typeOf(bytes: Uint8Array): Pick<OnnxValue, 'dtype' | 'dims'> {
  let dtype = 'undefined';
  let dims: OnnxValue['dims'];
  eachField(bytes, (field) => {
    if (field.no in CONTAINERS) {
      dtype = CONTAINERS[field.no];
      return false;
    }
    if (field.no !== schema.TYPE_TENSOR) return false;
    eachField(field.bytes(), (inner) => {
      if (inner.no === schema.ELEM_TYPE) dtype = typeName(inner.int());
      else if (inner.no === schema.TENSOR_SHAPE) dims = shapeOf(inner.bytes());
      else return false;
      return true;
    });
    return true;
  });
  return { dtype, dims };
}

function shapeOf(bytes: Uint8Array): (number | string)[] {
  const dims: (number | string)[] = [];
  eachField(bytes, (field) => {
    if (field.no !== schema.SHAPE_DIM) return false;
    let dim: number | string = '?';
    eachField(field.bytes(), (inner) => {
      if (inner.no === schema.DIM_VALUE) dim = inner.int();
      else if (inner.no === schema.DIM_PARAM) dim = inner.text() || '?';
      else return false;
      return true;
    });
    dims.push(dim);
    return true;
  });
  return dims;
}
