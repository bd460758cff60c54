import { openModel } from '../../../dist/files.js';
import { answer } from './run-fetched.js';

/** Opens the file that the page's address names, and lists the modules that came for it. */
async function run() {
  const parameters = new URL(location.href).searchParams;
  const layers = parameters.get('layers');
  const model = await openModel(
    new URL(parameters.get('file'), location.href),
    layers ? { layers: layers.split(',') } : {},
  );
  const { format } = model;
  model.dispose();
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name.split('/dist/')[1]);
  return { format, loaded: loaded.filter((name) => name !== undefined) };
}

globalThis.results = answer(run);
