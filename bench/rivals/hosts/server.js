import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const MODULES = join(import.meta.dirname, '../node_modules');
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE = (script) =>
  `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>rivals</title><script type="module" src="${script}"></script></html>`;

/**
 * Serves on 127.0.0.1: `/page?SCRIPT` is an empty page with one module script, `/modules/…` the rivals' own files, and the
 * rest what it is given.
 *
 * @param files bodies by path
 * @returns the origin and what stops it
 */
export async function serve(files) {
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, 'http://127.0.0.1');
    response.setHeader('content-type', TYPES[extname(pathname)] ?? 'text/html; charset=utf-8');
    if (pathname === '/page') response.end(PAGE(search.slice(1)));
    else if (files.has(pathname)) response.end(files.get(pathname));
    else await serveModule(pathname, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

async function serveModule(pathname, response) {
  const path = normalize(join(MODULES, pathname.replace(/^\/modules\//, '')));
  const body = path.startsWith(MODULES) ? await readFile(path).catch(() => undefined) : undefined;
  if (body) response.end(body);
  else response.writeHead(404).end();
}
