/** `npm start`, the first minute of everyone who clones the repository. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

function start(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('node', ['start.mjs', ...args], { cwd: ROOT, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('builds what it needs, tells how far it is, writes, and says what to try next', { timeout: 120_000 }, () => {
  rmSync(join(ROOT, 'build/start'), { recursive: true, force: true });
  const { status, stdout, stderr } = start('--chars', '40', '--seed', '1', '--no-compare');
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^Call me Ishmael\./);
  expect(stdout.length).toBe('Call me Ishmael.'.length + 40);
  expect(stderr).toMatch(/^Compiling the kernels .* … 0 s\n/);
  expect(stderr).toContain('Bundling the command line');
  expect(stderr).not.toContain('converge');
  expect(stderr).toContain('Try next:');

  const again = start('--prompt', 'The whale', '--chars', '5', '--seed', '1', '--no-compare');
  expect(again.stderr).not.toContain('Compiling');
  expect(again.stdout).toMatch(/^The whale/);
});

test('a wrong option is one line and exit code 2', { timeout: 60_000 }, () => {
  const { status, stderr } = start('--chars', 'many');
  expect(status).toBe(2);
  expect(stderr).toContain('hiddenstate generate: ');
  expect(stderr).not.toContain('Try next');
});
