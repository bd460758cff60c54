/** The Silero models that npm's @ricky0123/vad-web carries. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const VERSIONS = ['v5', 'v6', 'legacy'] as const;
export type Version = (typeof VERSIONS)[number];

const { resolve } = createRequire(import.meta.url);

export const sileroBytes = (version: Version) =>
  new Uint8Array(readFileSync(resolve(`@ricky0123/vad-web/dist/silero_vad_${version}.onnx`)));
