import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

/** Pages of the repository that stand outside docs/ and are guides as well: where they are, and their name there. */
const GUESTS = { 'SECURITY.md': 'security.md', 'bench/README.md': 'measurements.md', 'models/README.md': 'models.md' };

/** Lays pages/ and docs/ out as the source of the site. */
export async function collectPages({ site, root, out }) {
  await cp(join(site, 'pages'), out, { recursive: true });
  await cp(join(site, 'public'), join(out, 'public'), { recursive: true });
  const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => !name.endsWith('/'));
  for (const name of docs.filter((file) => /\.\w+$/.test(file))) {
    await write(
      join(out, 'guides', name),
      name.endsWith('.md') ? await guide(root, `docs/${name}`) : await readFile(join(root, 'docs', name)),
    );
  }
  for (const [from, to] of Object.entries(GUESTS)) await write(join(out, 'guides', to), await guide(root, from));
  const charts = join(root, 'bench', 'charts');
  await cp(charts, join(out, 'guides', 'charts'), { recursive: true });
}

async function write(path, content) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** A page of the repository with its links turned to where things are on the site. */
async function guide(root, path) {
  const text = await readFile(join(root, path), 'utf8');
  const parts = text.split(/(^```[\s\S]*?^```$)/m);
  return parts.map((part, i) => (i % 2 ? part : escapeTags(turnLinks(part, path)))).join('');
}

function turnLinks(text, path) {
  return text.replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image, label, target) => {
    if (/^(https?:|#|mailto:)/.test(target)) return whole;
    const [file, anchor = ''] = target.split(/(?=#)/);
    const there = posix.normalize(posix.join(posix.dirname(path), file));
    const place = placeOf(there);
    if (place === undefined)
      return image ? '' : `${label} (\`${there}\` in the repository)`.replace(/^`?(\S+?)`? \(`\1`/, '(`$1`');
    return `${image}[${label}](/guides/${place}${anchor})`;
  });
}

function placeOf(path) {
  if (GUESTS[path]) return GUESTS[path];
  if (path.startsWith('docs/')) return path.slice('docs/'.length);
  if (path.startsWith('bench/charts/')) return `charts/${path.slice('bench/charts/'.length)}`;
  if (path === 'README.md') return 'start.md'; // the landing page of the repository
  return undefined;
}

/** Angle brackets and double braces of the text would be read as elements and expressions. Comments stay comments. */
function escapeTags(text) {
  const parts = text.split(/(`[^`\n]*`|<!--[\s\S]*?-->)/);
  return parts
    .map((part, i) => {
      if (i % 2) return part.startsWith('`') && part.includes('{{') ? `<code v-pre>${part.slice(1, -1)}</code>` : part;
      return part.replace(/<(?=[A-Za-z/])/g, '&lt;').replaceAll('{{', '&#123;&#123;');
    })
    .join('');
}
