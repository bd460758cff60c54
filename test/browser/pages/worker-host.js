/** Starts the module worker that the page's address names. */
const worker = new Worker(new URL(location.href).searchParams.get('module'), { type: 'module' });

globalThis.results = new Promise((resolve, reject) => {
  worker.onmessage = ({ data: { results, error } }) => (error ? reject(new Error(error)) : resolve(results));
  worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
});
