import { readFileSync } from 'node:fs';
import {
  readTorch,
  type TorchData,
  type TorchDtype,
  type TorchFile,
  type TorchOptions,
  type TorchRecord,
  type TorchTensor,
} from 'hiddenstate/torch';

const options: TorchOptions = { maxBytes: 2 ** 20 };
const { tensors, value }: TorchFile = readTorch(readFileSync('case.pt'), options);
const kept = value as Record<string, TorchTensor | TorchRecord>;
const dtypes: TorchDtype[] = Object.values(kept).flatMap((part) => ('dtype' in part ? [part.dtype] : []));
const lengths = Object.values(tensors).map(({ data }): number => (data satisfies TorchData).length);
console.log(JSON.stringify([Object.keys(tensors), lengths, dtypes]));
