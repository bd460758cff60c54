/** The file of processors for voice activity detection. */
import { HiddenstateError } from '../errors.js';
import { PROCESSOR_NAMES } from './processor-name.js';
import { serveScope } from './serve-scope.js';
import { openVad } from './vad-unit.js';

function openFile(): never {
  throw new HiddenstateError(
    'UNSUPPORTED',
    "createNode: got a model of one's own, expected hiddenstate/worklet/processor.js",
  );
}

serveScope({ units: { vad: openVad }, openFile }, PROCESSOR_NAMES.vad);
