/**
 * Runs programs one after the other in this process, since starting Node takes longer than most of them:
 * `node run-programs.mjs FILE…` writes a line for each, `{ path, error }`. Programs call `prints(text, ...values)` in place of
 * `console.log(...values); // text`.
 */
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const LIMIT_MS = 10_000;

console.log = () => {};
globalThis.prints = (expected, ...values) => {
  const printed = format(...values);
  if (printed !== expected) throw new Error(`the comment says it prints "${expected}", but it prints "${printed}"`);
};

async function errorOf(path) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, LIMIT_MS, new Error(`not done after ${LIMIT_MS} ms`));
  });
  try {
    await Promise.race([import(pathToFileURL(path).href), late]);
  } catch (error) {
    return error instanceof Error ? String(error.stack) : `threw ${format(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

const results = [];
for (const path of process.argv.slice(2)) results.push({ path, error: await errorOf(path) });
// Not before all is written: what a program left open, such as a worker, ends here.
process.stdout.write(JSON.stringify(results), () => process.exit());
