import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface TorchCase {
  readonly name: string;
  readonly file: Uint8Array;
  readonly tensors: readonly { name: string; dtype: string; dims: number[]; bytes: Uint8Array }[];
}

/** Files that PyTorch wrote, by its version, and what PyTorch finds in them; made by generate.py. */
export function torchCases(): { torch: string; cases: TorchCase[] }[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => {
      const { torch, cases } = JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, name))).toString());
      return { torch, cases: cases.map(decode) };
    });
}

function decode({ name, file, tensors }: { name: string; file: string; tensors: { bytes: string }[] }): TorchCase {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
  return {
    name,
    file: bytes(file),
    tensors: tensors.map((tensor) => ({ ...tensor, bytes: bytes(tensor.bytes) })) as never,
  };
}
