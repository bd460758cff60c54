import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../structure/import-graph.js';

/** What is served besides files: a body under a path. */
export type Extras = ReadonlyMap<string, string | Uint8Array>;

const FOLDERS = ['/dist/', '/test/browser/pages/', '/examples/', '/node_modules/'];

/**
 * Serves dist/, the pages' scripts and some extras on 127.0.0.1.
 *
 * `/page?script=…` is an empty page with one module script; `&csp=…` gives it a content security policy, `&isolated=yes` the
 * headers with which a page may share memory with its workers.
 */
export async function serve(extras: Extras): Promise<{ server: Server; origin: string }> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const extra = extras.get(pathname);
    // What a worker of an isolated page must have as well; elsewhere it changes nothing.
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    if (pathname === '/page') servePage(searchParams, response);
    else if (extra !== undefined) response.setHeader('content-type', typeOf(pathname)).end(extra);
    else void serveFile(pathname, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function typeOf(path: string): string {
  if (/\.m?js$/.test(path)) return 'text/javascript; charset=utf-8';
  if (path.endsWith('.html')) return 'text/html; charset=utf-8';
  return path.endsWith('.wasm') ? 'application/wasm' : 'application/json';
}

function servePage(parameters: URLSearchParams, response: ServerResponse): void {
  const csp = parameters.get('csp');
  if (csp) response.setHeader('content-security-policy', csp);
  if (parameters.has('isolated')) response.setHeader('cross-origin-opener-policy', 'same-origin');
  else response.removeHeader('cross-origin-embedder-policy');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  const script = `<script type="module" src="${parameters.get('script')}"></script>`;
  response.end(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>test</title>${script}</html>`);
}

async function serveFile(pathname: string, response: ServerResponse): Promise<void> {
  // Examples find the package where npm installs it.
  const path = join(ROOT, pathname.replace('/node_modules/hiddenstate/', '/'));
  const allowed = FOLDERS.some((folder) => pathname.startsWith(folder));
  if (!allowed || !(await stat(path).catch(() => undefined))?.isFile()) response.writeHead(404).end();
  else createReadStream(path).pipe(response.setHeader('content-type', typeOf(pathname)));
}
