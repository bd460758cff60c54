/** The fault trial: events on their way through several workers while everything fails that can, and a checker of what has become of them. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type RedisLog, redisLog } from '../../../bindings/keyed/redis/index.js';
import { type Random, seededRandom } from '../../../bindings/random.js';
import { until } from '../support/events.js';
import { CuttingProxy } from '../support/proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { Checker, eventOf, type Findings } from './checker.js';

/** What can fail. */
export type Fault =
  | 'kill worker'
  | 'freeze worker'
  | 'stop worker'
  | 'cut connection'
  | 'cut in a commit'
  | 'kill redis'
  | 'truncate file'
  | 'flush scripts'
  | 'worker clock'
  | 'redis clock'
  | 'revoke';

export interface TrialOptions {
  readonly seed: number;
  /** Events of one stretch, after which everything is checked. */
  readonly stretch: number;
  readonly stretches: number;
  /** Further stretches follow until so many faults have come: a fast machine is through before they do. */
  readonly leastFaults: number;
  readonly keys: number;
  readonly workers: number;
  readonly partitions: number;
  /** How likely each fault is, against the others. */
  readonly faults: Partial<Record<Fault, number>>;
  /** Milliseconds between two faults, on average. */
  readonly pause: number;
  readonly say?: (line: string) => void;
}

export interface TrialReport {
  readonly events: number;
  readonly faults: Record<string, number>;
  readonly findings: Findings;
  /** Workers that stopped because Redis had lost something, after its file was cut. */
  readonly lost: number;
}

const LEASE = 600;

/** Milliseconds in which workers take a stretch, on a machine that does much else. */
const DRAINED_WITHIN = 120_000;

/** Bytes of the append-only file after which it is rewritten. */
const LARGE_FILE = 20 << 20;
const ROOT = join(import.meta.dirname, '../../..');
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The worker as a file that Node runs. */
async function bundleWorker(): Promise<string> {
  const folder = join(ROOT, 'build', 'keyed-trial');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `worker-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['ioredis', 'redis'],
    logLevel: 'error',
    plugins: [
      {
        name: 'wasm-hex',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\.wasm$/ }, ({ path }) => ({
            path: join(ROOT, 'build', path.slice(path.lastIndexOf('/') + 1)),
            namespace: 'wasm',
          }));
          onLoad({ filter: /.*/, namespace: 'wasm' }, ({ path }) => ({
            contents: `export default ${JSON.stringify(readFileSync(path).toString('hex'))};`,
          }));
        },
      },
    ],
  });
  return outfile;
}

interface Running {
  readonly child: ChildProcess;
  frozen: boolean;
}

class Trial {
  private readonly random: Random;
  private readonly running: Running[] = [];
  private readonly faults: Record<string, number> = {};
  private readonly checker: Checker;
  private lost = 0;
  private cutsToCome = 0;
  private over = false;
  private leastFile = 0;

  constructor(
    private readonly options: TrialOptions,
    private readonly server: RedisServer,
    private readonly proxy: CuttingProxy,
    private readonly script: string,
    private log: RedisLog,
    private readonly clock: string | undefined,
  ) {
    this.random = seededRandom(options.seed);
    this.checker = new Checker(options.seed, options.keys);
    proxy.cut = (chunk, way) => {
      // A commit is the longest that is sent.
      if (this.cutsToCome === 0 || (way === 'there' && chunk.length < 2000)) return undefined;
      this.cutsToCome--;
      return Math.floor(this.random() * chunk.length);
    };
  }

  async run(): Promise<TrialReport> {
    for (let i = 0; i < this.options.workers; i++) this.spawn();
    const failing = this.fail();
    // A fault that could not be made, as a server that does not start again, ends the trial.
    const events = await Promise.race([this.stretches(), failing.then(() => 0)]);
    this.over = true;
    await failing;
    await Promise.all(this.running.splice(0).map(({ child }) => end(child)));
    const { faults, lost } = this;
    return { events, faults, findings: this.checker.total, lost };
  }

  /** @returns how many events went through */
  private async stretches(): Promise<number> {
    const { stretch, stretches, leastFaults, say = () => {} } = this.options;
    let events = 0;
    for (let s = 0; s < stretches || (this.faultsSoFar < leastFaults && s < 10 * stretches); s++) {
      const from = s * stretch + 1;
      this.leastFile = this.fileSize();
      await this.produce(from, from + stretch);
      await this.drain(from + stretch);
      const found = await this.check(from, from + stretch);
      events += stretch;
      const count = this.faultsSoFar;
      const done = (from + stretch - 1).toLocaleString('en');
      say(
        `${new Date().toISOString()} ${done} events, ${count} faults ${JSON.stringify(this.faults)}, ${this.lost} losses found: ${JSON.stringify(found)}`,
      );
      if (found.first) break;
    }
    return events;
  }

  private spawn(): void {
    const child = fork(this.script, [this.proxy.url, this.log.name, String(LEASE)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const entry = { child, frozen: false };
    this.running.push(entry);
    child.on('message', (message: { failure?: string }) => {
      if (message.failure === 'HIDDENSTATE_LOST') this.lost++;
      else if (message.failure) process.stderr.write(`worker: ${message.failure}\n`);
    });
    child.on('exit', () => {
      const at = this.running.indexOf(entry);
      if (at < 0) return;
      this.running.splice(at, 1);
      if (!this.over) this.spawn();
    });
  }

  private get faultsSoFar(): number {
    return Object.values(this.faults).reduce((sum, each) => sum + each, 0);
  }

  /** Sends a stretch; what Redis forgets is sent again from where it stands. */
  private async produce(from: number, to: number): Promise<void> {
    for (let next = from; next < to; ) {
      try {
        const producer = await this.log.producer({ name: 'source', maxBacklog: 20_000 });
        next = Math.max(from, Math.min(next, producer.resumeAfter + 1));
        while (next < to) {
          const count = Math.min(250, to - next);
          const events = Array.from({ length: count }, (_, i) =>
            eventOf(this.options.seed, next + i, this.options.keys),
          );
          await producer.send(events);
          next += count;
        }
      } catch (error) {
        if ((error as { code?: string }).code !== 'HIDDENSTATE_LOST') throw error;
        next = from;
      }
    }
  }

  /** Waits until everything is taken. What a cut of the file has removed meanwhile is sent again. */
  private async drain(to: number): Promise<void> {
    let last: unknown;
    await until(async () => {
      // A server that is down or reads its file is asked again.
      const status = await this.log.status().catch((error) => {
        if ((error as { code?: string }).code !== 'HIDDENSTATE_HOST') throw error;
        last = error;
      });
      if (!status) return false;
      last = status;
      if (status.partitions.some(({ lag }) => lag > 0)) return false;
      if (this.cutFile) {
        this.cutFile = false;
        // What is there already is not appended again.
        await this.produce(to - this.options.stretch, to);
        return false;
      }
      return true;
    }, DRAINED_WITHIN).catch((error) => {
      const processes = this.running.map(({ child: { pid, exitCode }, frozen }) => ({ pid, exitCode, frozen }));
      throw new Error(`${(error as Error).message}: ${JSON.stringify({ last, processes, faults: this.faults })}`);
    });
  }

  private cutFile = false;

  private async check(from: number, to: number): Promise<Findings> {
    const results = [];
    const dead = [];
    this.holding = true;
    await this.held;
    for (let p = 0; p < this.options.partitions; p++) {
      const history = await this.log.history(p);
      for (let after = '0-0'; ; ) {
        const page = await history.results(after, 5000);
        results.push(...page);
        if (page.length === 0) break;
        after = page[page.length - 1].position;
      }
      dead.push(...(await history.dead('0-0', 100_000)));
    }
    const found = this.checker.check(from, to, results, dead);
    for (let p = 0; p < this.options.partitions; p++) {
      const tag = `{${this.log.name}:0:${p}}`;
      this.server.cli('DEL', `${tag}:out`, `${tag}:dead`);
    }
    await this.rewriteFile();
    this.holding = false;
    return found;
  }

  /** Nothing fails while the checker reads and clears. */
  private holding = false;
  private held: Promise<void> = Promise.resolve();

  private async fail(): Promise<void> {
    const { faults, pause } = this.options;
    const kinds = Object.entries(faults) as [Fault, number][];
    const sum = kinds.reduce((total, [, weight]) => total + weight, 0);
    while (!this.over) {
      await sleep(pause * (0.5 + this.random()));
      if (this.server.endedByItself) throw new Error(this.server.endedByItself);
      if (this.over || this.holding) continue;
      const kind = drawOf(kinds, this.random() * sum);
      this.held = this.inject(kind);
      await this.held;
      this.faults[kind] = (this.faults[kind] ?? 0) + 1;
    }
  }

  private async inject(kind: Fault): Promise<void> {
    const live = this.running.filter(({ frozen }) => !frozen);
    const victim = live[Math.floor(this.random() * live.length)];
    if (kind === 'kill worker') victim?.child.kill('SIGKILL');
    else if (kind === 'stop worker' && victim?.child.connected) victim.child.send({});
    else if (kind === 'freeze worker' && victim && live.length > 1) this.freeze(victim);
    else if (kind === 'cut connection') this.proxy.cutAll();
    else if (kind === 'cut in a commit') this.cutsToCome++;
    else if (kind === 'flush scripts') this.server.cli('SCRIPT', 'FLUSH');
    else if (kind === 'worker clock' && victim?.child.connected)
      victim.child.send({ jump: (this.random() - 0.5) * 1e8 });
    else if (kind === 'redis clock') writeClock(this.clock as string, Math.floor((this.random() - 0.5) * 10_000));
    else if (kind === 'revoke') await this.log.revoke(Math.floor(this.random() * this.options.partitions));
    else if (kind === 'kill redis' || kind === 'truncate file') await this.crash(kind === 'truncate file');
  }

  private freeze(victim: Running): void {
    victim.frozen = true;
    victim.child.kill('SIGSTOP');
    setTimeout(
      () => {
        victim.frozen = false;
        victim.child.kill('SIGCONT');
      },
      LEASE * (1.2 + this.random()),
    );
  }

  private async crash(cut: boolean): Promise<void> {
    await this.server.kill();
    if (cut) {
      const file = this.server.appendOnlyFile();
      const size = statSync(file).size;
      const length = Math.floor(this.random() * Math.min(200_000, Math.max(0, size - this.leastFile)));
      truncateSync(file, size - length);
      mend(file);
      this.cutFile = true;
    }
    await this.server.up();
  }

  /** A file that grows for hours takes a server minutes to read. */
  private async rewriteFile(): Promise<void> {
    if (this.fileSize() < LARGE_FILE) return;
    this.server.cli('BGREWRITEAOF');
    await until(
      () => /aof_rewrite_in_progress:0[\s\S]*aof_rewrite_scheduled:0/.test(this.server.cli('INFO', 'persistence')),
      60_000,
    );
  }

  private fileSize(): number {
    return statSync(this.server.appendOnlyFile()).size;
  }
}

/** The fault that a draw falls on. */
function drawOf(kinds: readonly (readonly [Fault, number])[], draw: number): Fault {
  let at = draw;
  for (const [kind, weight] of kinds) {
    at -= weight;
    if (at <= 0) return kind;
  }
  return kinds[0][0];
}

/** What an operator does with a file that was cut. */
function mend(file: string): void {
  execFileSync('redis-check-aof', ['--fix', file], { input: 'y\n', stdio: ['pipe', 'ignore', 'ignore'] });
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGCONT');
  child.kill('SIGKILL');
  await gone;
}

/** Whether clocks of servers can be made to jump here: a C compiler is needed. */
export const hasCompiler = ((): boolean => {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Runs a trial. */
export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const script = await bundleWorker();
  const clock = options.faults['redis clock'] ? jumpingClock() : undefined;
  const server = await RedisServer.start(
    [
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--auto-aof-rewrite-percentage',
      '0',
      '--aof-load-truncated',
      'no',
    ],
    clock?.env,
  );
  const proxy = await CuttingProxy.start(server.port);
  const log = redisLog({ url: server.url, name: 'trial', partitions: options.partitions, timeout: 5000 });
  await log.partitions();
  try {
    return await new Trial(options, server, proxy, script, log, clock?.file).run();
  } finally {
    await log.close();
    await proxy.stop();
    await server.stop();
  }
}

/** A library that makes the clock of a server jump, and the file that says how far: see clock.c. */
function jumpingClock(): { readonly file: string; readonly env: NodeJS.ProcessEnv } {
  const folder = join(ROOT, 'build', 'keyed-trial');
  mkdirSync(folder, { recursive: true });
  const library = join(folder, `clock-${process.pid}.so`);
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, join(import.meta.dirname, 'clock.c')]);
  const file = join(folder, `clock-${process.pid}`);
  writeClock(file, 0);
  return { file, env: { LD_PRELOAD: library, CLOCK_OFFSET: file } };
}

/** Written in place: the server has the file mapped. */
function writeClock(file: string, seconds: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds) * 1_000_000n);
  const target = openSync(file, existsSync(file) ? 'r+' : 'w');
  writeSync(target, bytes, 0, 8, 0);
  closeSync(target);
}
