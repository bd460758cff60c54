/** Starts the module worker that the page's address names. */
const worker = new Worker(new URL(location.href).searchParams.get('module'), { type: 'module' });

globalThis.results = new Promise((resolve) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => resolve(JSON.stringify({ error: `worker: ${message}` }));
});
