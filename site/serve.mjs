/** Serves site/dist on localhost under the Content-Security-Policy that the pages are made for. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const FOLDER = join(import.meta.dirname, 'dist');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/**
 * Scripts and workers of the site alone, and WebAssembly; nothing is sent anywhere else. No `blob:`: audio threads load
 * panels/processor.js by its address. Panels set lengths and colours in `style` attributes, hence 'unsafe-inline' there.
 */
export const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'";

/** @returns a server of the built site that listens; port 0 takes any */
export function serve(port = 0) {
  const server = createServer(async (request, response) => {
    try {
      const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
      const file = join(FOLDER, normalize(path.endsWith('/') ? `${path}index.html` : path));
      if (!file.startsWith(FOLDER)) throw new Error('outside');
      const bytes = await readFile(file);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
        'cache-control': 'no-cache',
      });
      response.end(bytes);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('There is no such page.');
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

if (process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? process.env.PORT ?? 4173);
  const server = await serve(port);
  process.stdout.write(`http://localhost:${server.address().port}/   Ctrl-C ends it.\n`);
}
