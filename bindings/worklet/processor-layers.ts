/** The file of processors for amplifiers, and for models of one's own that are made of layers. */
import { openAmplifier } from './amplifier-unit.js';
import { openLayers } from './open-file.js';
import { openOwn } from './own-model.js';
import { PROCESSOR_NAMES } from './processor-name.js';
import { serveScope } from './serve-scope.js';

serveScope({ units: { amplifier: openAmplifier, model: openOwn }, openFile: openLayers }, PROCESSOR_NAMES.layers);
