import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MiniSearch from 'minisearch';
import { SEARCH_OPTIONS } from './search-options.mjs';

/** An index of every section of every page: where it is, what it is called, what it says. */
export async function makeSearchIndex({ pages, out }) {
  const index = new MiniSearch(SEARCH_OPTIONS);
  for (const name of await readdir(pages, { recursive: true })) {
    if (!name.endsWith('.md') || name === 'search.md') continue;
    index.addAll(sectionsOf(name, await readFile(join(pages, name), 'utf8')));
  }
  await writeFile(out, JSON.stringify(index));
}

function sectionsOf(name, source) {
  const address = `/${name.replace(/\.md$/, '.html')}`;
  const text = source.replace(/^---\n[\s\S]*?\n---\n/, '');
  const sections = splitAtHeadings(text);
  let page = '';
  return sections.map((section, i) => {
    const title = plain(/^#+ (.*)/.exec(section)?.[1] ?? '');
    page ||= title;
    const anchor = i > 0 && title !== page ? `#${slug(title)}` : '';
    return {
      id: `${address}${anchor}~${i}`,
      address: `${address}${anchor}`,
      title: title || page,
      page,
      text: plain(section.replace(/^#.*/, '')),
    };
  });
}

/** A # within a block of code is a comment, and no heading. */
function splitAtHeadings(text) {
  const parts = text.split(/(^```[\s\S]*?^```$)/m);
  return parts
    .map((part, i) => (i % 2 ? part.replace(/^#/gm, ' #') : part))
    .join('')
    .split(/^(?=#{1,3} )/m);
}

function plain(text) {
  return text
    .replace(/```\w*|[`*|]|<[^>]*>|!\[[^\]]*\]\([^)]*\)/g, ' ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** As VitePress names the anchor of a heading. */
function slug(title) {
  return title
    .normalize('NFKD')
    .replace(/[\u0300-\u036F]/g, '')
    .replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/^(\d)/, '_$1')
    .toLowerCase();
}
