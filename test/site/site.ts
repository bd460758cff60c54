/** The built site, served as `npm run site` serves it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../structure/import-graph.js';

export const SITE = join(ROOT, 'site');
export const BUILT = join(SITE, 'dist');

/** Installs what the site needs where it is missing, and builds it. */
export function buildSite(): void {
  if (!existsSync(join(SITE, 'node_modules', 'vitepress'))) {
    execFileSync('npm', ['--prefix', 'site', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: ROOT,
      stdio: 'ignore',
    });
  }
  execFileSync(process.execPath, ['site/build.mjs'], { cwd: ROOT, stdio: 'ignore' });
}

export async function serveSite(): Promise<{ server: Server; address: string }> {
  const { serve } = (await import(join(SITE, 'serve.mjs'))) as { serve(port: number): Promise<Server> };
  const server = await serve(0);
  return { server, address: `http://localhost:${(server.address() as AddressInfo).port}/` };
}

/** Every page of the built site, from its folder. */
export function pagesOfSite(): string[] {
  return readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
}
