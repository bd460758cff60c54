/** The file of processors for all that there is. */
import { loadOnnxSync } from '../formats/onnx/index.js';
import { openAmplifier } from './amplifier-unit.js';
import type { ModelBytes } from './messages.js';
import { type OpenedFile, openLayers } from './open-file.js';
import { openOwn } from './own-model.js';
import { PROCESSOR_NAMES } from './processor-name.js';
import { scopeEngine } from './scope-engine.js';
import { serveScope } from './serve-scope.js';
import { openSpectral } from './spectral-unit.js';
import { openVad } from './vad-unit.js';

function openFile(file: ModelBytes): OpenedFile {
  if (file.format !== 'onnx') return openLayers(file);
  return loadOnnxSync(file.bytes, { engine: scopeEngine() }) as unknown as OpenedFile;
}

const units = { vad: openVad, amplifier: openAmplifier, spectral: openSpectral, model: openOwn };

serveScope({ units, openFile }, PROCESSOR_NAMES.all);
