import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../structure/import-graph.js';

/**
 * Keeps a picture of the site for the README, in 48 colours (ImageMagick): it travels in the package, and a page of few colours loses
 * nothing by it but three quarters of its bytes.
 */
export function keepPicture(name: string, png: Uint8Array): void {
  const path = join(ROOT, 'docs', 'house', `${name}.png`);
  const white = ['-fuzz', '2%', '-fill', 'white', '-opaque', 'white'];
  const smallest = ['-define', 'png:compression-level=9', '-define', 'png:compression-strategy=1'];
  const args = ['png:-', '-strip', '+dither', '-colors', '48', ...white, ...smallest, `PNG8:${path}`];
  execFileSync('convert', args, { input: png });
}
