import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The built command line. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line to its end. */
export function hiddenstate(args: readonly string[], options: SpawnSyncOptions = {}): Outcome {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [CLI, ...args], {
    timeout: 25_000,
    maxBuffer: 1 << 28,
    ...options,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** Starts the built command line. */
export function startHiddenstate(args: readonly string[]) {
  return spawn(process.execPath, [CLI, ...args], { stdio: 'pipe' });
}

/** A folder that is there until the test file ends. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}
