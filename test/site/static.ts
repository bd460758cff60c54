/** What the built site is without a browser: whole, light, and the same in any folder. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../structure/import-graph.js';
import { BUILT, pagesOfSite } from './site.js';

/** Brotli bytes of JavaScript that a page may bring before anybody touches it. */
const BUDGET = 50_000;

/** Tests of the files alone. */
export function describeFiles(): void {
  describe('the built site', () => {
    it('has panels that type-check against the library', () => {
      const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', 'site/tsconfig.json'], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    }, 120_000);

    it('has no link to nothing, within a page or between pages', () => {
      const broken: string[] = [];
      const anchors = new Map<string, Set<string>>();
      for (const page of pagesOfSite()) {
        for (const link of linksOf(page)) {
          if (/^(https?:|data:|mailto:)/.test(link)) continue;
          const [path, anchor] = link.split('#');
          const file = path === '' ? join(BUILT, page) : join(BUILT, dirname(page), decodeURIComponent(path));
          if (!existsSync(file)) broken.push(`${page} → ${link}`);
          else if (anchor && file.endsWith('.html') && !anchorsOf(file, anchors).has(decodeURIComponent(anchor))) {
            broken.push(`${page} → ${link}: no such anchor`);
          }
        }
      }
      expect(broken).toEqual([]);
    });

    it('links from the page, so that any folder will do', () => {
      const rooted = pagesOfSite().filter(
        (page) => page !== '404.html' && linksOf(page).some((link) => link.startsWith('/')),
      );
      expect(rooted).toEqual([]);
    });

    it('finds every section that the search lists', () => {
      const { storedFields } = JSON.parse(readFileSync(join(BUILT, 'search.json'), 'utf8')) as {
        storedFields: Record<string, { address: string }>;
      };
      const anchors = new Map<string, Set<string>>();
      const lost = Object.values(storedFields)
        .map(({ address }) => address)
        .filter((address) => {
          const [path, anchor] = address.split('#');
          const file = join(BUILT, path);
          return !existsSync(file) || (anchor !== undefined && !anchorsOf(file, anchors).has(anchor));
        });
      expect(Object.keys(storedFields).length).toBeGreaterThan(200);
      expect(lost).toEqual([]);
    });

    it(`brings at most ${BUDGET / 1000} KB of JavaScript before anybody touches a page`, () => {
      const heavy = pagesOfSite()
        .map((page) => ({ page, bytes: [...scriptsOf(page)].reduce((sum, file) => sum + compressed(file), 0) }))
        .filter(({ bytes }) => bytes > BUDGET);
      expect(heavy).toEqual([]);
    });

    it('says what it has to say without JavaScript', () => {
      for (const page of pagesOfSite().filter((name) => name !== '404.html')) {
        const text = readFileSync(join(BUILT, page), 'utf8').replace(/<script[\s\S]*?<\/script>|<[^>]*>/g, ' ');
        expect(text.replace(/\s+/g, ' ').length, page).toBeGreaterThan(200);
      }
    });
  });
}

function linksOf(page: string): string[] {
  const html = readFileSync(join(BUILT, page), 'utf8');
  return [...html.matchAll(/\s(?:href|src|model|index)="([^"]*)"/g)].map(([, link]) => link.replaceAll('&amp;', '&'));
}

function anchorsOf(file: string, known: Map<string, Set<string>>): Set<string> {
  let anchors = known.get(file);
  if (!anchors) {
    anchors = new Set([...readFileSync(file, 'utf8').matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, id]) => id));
    known.set(file, anchors);
  }
  return anchors;
}

/** The scripts of a page and all that they import at once. */
function scriptsOf(page: string): Set<string> {
  const found = new Set<string>();
  const html = readFileSync(join(BUILT, page), 'utf8');
  for (const [, source] of html.matchAll(/<script[^>]*\ssrc="([^"]*)"/g))
    follow(join(BUILT, dirname(page), source), found);
  return found;
}

function follow(file: string, found: Set<string>): void {
  if (found.has(file)) return;
  found.add(file);
  const code = readFileSync(file, 'utf8');
  for (const [, path] of code.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g)) follow(join(dirname(file), path), found);
}

function compressed(file: string): number {
  return brotliCompressSync(readFileSync(file)).length;
}
