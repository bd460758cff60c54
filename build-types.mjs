/** Readies the declarations in dist/types for every compiler and for users without our packages: `node build-types.mjs`. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { packageExports } from './entries.mjs';
import { pruneTypes } from './prune-types.mjs';

const TYPES = 'dist/types';
const COMMON = 'onnxruntime-common';

/** The declarations of onnxruntime-common, whose code is bundled. */
const common = join('node_modules', COMMON, 'dist/esm');
for (const name of readdirSync(common).filter((file) => file.endsWith('.d.ts'))) {
  mkdirSync(join(TYPES, COMMON), { recursive: true });
  cpSync(join(common, name), join(TYPES, COMMON, name));
}

for (const name of readdirSync(TYPES, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(TYPES, name);
  const before = readFileSync(path, 'utf8');
  const own = join(relative(dirname(path), TYPES), COMMON, 'index.js');
  const after = before
    // Compilers before 5.7 know no kinds of buffer; newer ones find by this that it is a plain one.
    .replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<$1['slice']>")
    .replace(/\b(\w+Array)<ArrayBufferLike>/g, '$1')
    .replace(/(['"])onnxruntime-common\1/g, `'${own.startsWith('.') ? own : `./${own}`}'`)
    .replace(/^\/\/# sourceMappingURL=.*\n?/m, '')
    // Nobody is shown what a private member is for; that it is there, compilers must know.
    .replace(/^ *\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?= *private )/gm, '')
    // Half the indent of the compiler's, whose every line of code and comment begins with whole steps of four spaces.
    .replace(/^(?: {4})+/gm, (indent) => indent.slice(indent.length / 2));
  if (after !== before) writeFileSync(path, after);
}

// Compilers before 5.2 have no library that declares these; to newer ones it is the same declaration a second time.
writeFileSync(
  join(TYPES, 'dispose-symbol.d.ts'),
  `declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
  interface Disposable {
    [Symbol.dispose](): void;
  }
}
/** \`Symbol.dispose\` where the host has it; elsewhere a symbol that nothing calls, so that classes can still be defined. */
export declare const disposeSymbol: typeof Symbol.dispose;
`,
);

const entries = Object.values(packageExports()).flatMap(({ types }) => (types === undefined ? [] : [resolve(types)]));
pruneTypes(resolve(TYPES), [...new Set(entries)]);
