import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Application } from 'typedoc';
import { ENTRIES } from '../../entries.mjs';

/** Writes the reference of every entry from the docstrings in bindings/, as Markdown. */
export async function makeReference({ root, out }) {
  const entries = Object.entries({ '': 'index', ...ENTRIES }).filter(
    ([name]) => name !== 'core' && !name.includes('*'),
  );
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entries.map(([, room]) => join(root, 'bindings', `${room}.ts`)),
    tsconfig: join(root, 'tsconfig.json'),
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    readme: 'none',
    name: 'hiddenstate',
    logLevel: 'Error',
    outputs: [{ name: 'markdown', path: out }],
    entryFileName: 'index.md',
    hideBreadcrumbs: false,
    hidePageHeader: true,
    useCodeBlocks: true,
    expandObjects: false,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    sanitizeComments: true,
    preservedTypeAnnotationTags: ['@throws'],
  });
  const project = await application.convert();
  if (project === undefined) throw new Error('TypeDoc read nothing');
  for (const [name, room] of entries) {
    const module = project.children?.find((child) => child.name === room.replace(/\/index$/, ''));
    if (module) module.name = name === '' ? 'hiddenstate' : `hiddenstate/${name}`;
  }
  nameErrors(project);
  await application.generateOutputs(project);
  await guard(out);
}

/** The classes in `@throws {TypeError | RangeError}` are no part of the text that the Markdown has: they go in front of it. */
function nameErrors(project) {
  for (const { comment } of Object.values(project.reflections)) {
    for (const tag of comment?.getTags('@throws') ?? []) {
      if (!tag.typeAnnotation) continue;
      const names = tag.typeAnnotation.replace(/^\{(.*)\}$/s, '$1');
      tag.content.unshift({ kind: 'code', text: `\`${names}\`` }, { kind: 'text', text: ' ' });
    }
  }
}

/** Double braces in a signature are no expression of a template. */
async function guard(folder) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.md')) continue;
    const path = join(folder, name);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll('{{', '&#123;&#123;'));
  }
}
