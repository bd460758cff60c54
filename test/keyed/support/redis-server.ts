/** A Redis of its own on a private port, with its files in a folder that is removed afterwards. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this machine has Redis. Without it the tests that need one are left out, with one line that says so. */
export const hasRedis = ((): boolean => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Says in one line what is left out. */
export function sayWithout(what: string): void {
  if (!hasRedis) console.log(`redis-server is not installed: left out ${what}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'hiddenstate-redis-'));
  child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param options of the command line of redis-server */
  static async start(options: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options, env);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, or starts it anew on the files that it left. */
  async up(): Promise<void> {
    const { port, folder, options } = this;
    const own = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--logfile', 'redis.log'];
    const args = ['--port', String(port), ...own, ...options];
    this.child = spawn('redis-server', args, { stdio: 'ignore', env: { ...process.env, ...this.env } });
    for (let tries = 0; tries < 400; tries++) {
      if (await answers(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`redis-server on port ${port} does not answer`);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** How it ended if nobody here ended it, with the last lines of its log. */
  get endedByItself(): string | undefined {
    const { exitCode, signalCode } = this.child ?? {};
    if ((exitCode ?? signalCode ?? null) === null) return undefined;
    const lines = readFileSync(join(this.folder, 'redis.log'), 'utf8').trimEnd().split('\n').slice(-30);
    return `redis-server ended by itself, code ${exitCode}, signal ${signalCode}:\n${lines.join('\n')}`;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The append-only file that is written to: the last of several since Redis 7, the only one before. */
  appendOnlyFile(): string {
    const folder = join(this.folder, 'appendonlydir');
    if (!existsSync(folder)) return join(this.folder, 'appendonly.aof');
    const number = (name: string) => Number(name.split('.')[2]);
    const parts = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'));
    return join(folder, parts.sort((a, b) => number(a) - number(b)).at(-1) as string);
  }

  /** Sends one command by the command line client. */
  cli(...args: string[]): string {
    return execFileSync('redis-cli', ['-p', String(this.port), ...args], { encoding: 'utf8' }).trim();
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    // A server that wants a password answers so.
    socket.once('data', (data) => end(/^\+PONG|^-NOAUTH/.test(data.toString())));
    socket.once('error', () => end(false));
    socket.setTimeout(200, () => end(false));
  });
}
