import {
  type ElementData,
  type ElementType,
  readTorch,
  type TorchFile,
  type TorchOptions,
  type TorchRecord,
  type TypedTensor,
} from 'hiddenstate/torch';
import checkpoint from './checkpoint.json' with { type: 'json' };

const options: TorchOptions = { maxBytes: 2 ** 20 };
const bytes = Uint8Array.from(atob(checkpoint.file), (letter) => letter.charCodeAt(0));
const { tensors, value }: TorchFile = readTorch(bytes, options);
const kept = value as Record<string, TypedTensor | TorchRecord>;
const parts = Object.values(kept).flatMap((part) => ('dtype' in part ? [part] : []));
const dtypes: ElementType[] = parts.map(({ dtype }) => dtype);
const elements: ElementData[] = parts.map(({ data }) => data);
console.log(JSON.stringify([Object.keys(tensors), elements.map(({ length }) => length), dtypes]));
