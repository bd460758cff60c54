import { spawnSync } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corpus } from '../../models/moby-dick/text.js';
import { ORT_FILES } from './runtime-bytes.mjs';

/** Characters of Moby-Dick to train on: as many as a tab learns while somebody watches. */
const CHARACTERS = 60_000;

/**
 * Models to play with: the character model with int8 weights, Silero as `@ricky0123/vad-web` ships it (MIT), and the
 * overdrive. And onnxruntime-web for the race. Series are those of vega-datasets (BSD-3-Clause).
 */
export async function collectSamples({ root, out }) {
  await mkdir(out, { recursive: true });
  const cli = join(root, 'dist', 'cli.js');
  const arguments_ = [
    cli,
    'quantize',
    join(root, 'models', 'moby-dick.safetensors'),
    join(out, 'moby-dick.safetensors'),
    '--force',
  ];
  const { status, stderr } = spawnSync(process.execPath, arguments_, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`quantize failed: ${stderr}`);
  const ort = join(root, 'node_modules', 'onnxruntime-web', 'dist');
  for (const name of ORT_FILES) {
    await cp(join(ort, name), join(out, '..', 'ort', name));
  }
  await cp(
    join(root, 'node_modules', '@ricky0123', 'vad-web', 'dist', 'silero_vad_v6.onnx'),
    join(out, 'silero-vad-v6.onnx'),
  );
  for (const name of ['stocks.csv', 'co2-concentration.csv']) {
    await cp(join(root, 'node_modules', 'vega-datasets', 'data', name), join(out, name));
  }
  const book = corpus();
  const begin = book.indexOf('Call me Ishmael');
  await writeFile(join(out, 'moby-dick.txt'), book.slice(begin, begin + CHARACTERS));
  await cp(join(root, 'models', 'overdrive.nam'), join(out, 'overdrive.nam'));
}
