/** A proxy on loopback that cuts connections where it is told to. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Says how many bytes of a chunk still go through before the connection is cut; undefined for all, and no cut. */
export type Cut = (chunk: Buffer, way: 'there' | 'back') => number | undefined;

export class CuttingProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  /** Asked about every chunk. */
  cut: Cut = () => undefined;
  /** While true, nothing goes through and nothing is cut. */
  stalled = false;
  private waiting: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    /** Where it leads; new connections go where it points then. */
    public target: number,
  ) {}

  static async start(target: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server, target);
    server.on('connection', (client) => proxy.join(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Cuts all connections. */
  cutAll(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  resume(): void {
    this.stalled = false;
    for (const go of this.waiting.splice(0)) go();
  }

  async stop(): Promise<void> {
    this.resume();
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const end = () => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk: Buffer) => void this.pass(chunk, 'there', server, end));
    server.on('data', (chunk: Buffer) => void this.pass(chunk, 'back', client, end));
  }

  private async pass(chunk: Buffer, way: 'there' | 'back', to: Socket, end: () => void): Promise<void> {
    while (this.stalled) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const length = this.cut(chunk, way);
    if (length === undefined) to.write(chunk);
    else to.write(chunk.subarray(0, length), () => setImmediate(end));
  }
}
