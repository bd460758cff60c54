/** The worked example runs with one command, and finds what happened in those years. Reads dist/. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasRedis, sayWithout } from './support/redis-server.js';

sayWithout('examples/keyed');

describe.runIf(hasRedis)('examples/keyed', () => {
  it('starts it all, loses a worker on the way, and reports the anomalies of every sector', () => {
    const script = fileURLToPath(new URL('../../examples/keyed/run.js', import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 60_000 });
    expect(status).toBe(0);
    // A census hired 2010, a strike at Verizon was held in August 2011, a lockout at Con Edison in July 2012.
    expect(stdout).toMatch(/2010-05 {2}government: 22996 thousand jobs, expected 22640\.8/);
    expect(stdout).toMatch(/2011-08 {2}information: 2634 thousand jobs/);
    expect(stdout).toMatch(/2012-07 {2}utilities: 546\.6 thousand jobs/);
    expect(stdout).toMatch(/^2640 results, 9 anomalies$/m);
  }, 70_000);
});
