import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyedMetrics } from '../../keyed/index.js';
import { CliError } from '../cli-error.js';

/** What each number is called in Prometheus, and what it says. Those that end with total only grow. */
const METRICS: Readonly<Record<keyof KeyedMetrics, readonly [name: string, help: string]>> = {
  events: ['events_total', 'Events that were committed'],
  results: ['results_total', 'Results that were written'],
  dead: ['dead_letters_total', 'Events that were set aside'],
  commits: ['commits_total', 'Commits'],
  rounds: ['model_calls_total', 'Calls of the model'],
  loaded: ['states_loaded_total', 'States read from the log'],
  spilled: ['states_spilled_total', 'Keys that gave their place in memory to another'],
  expired: ['states_expired_total', 'Keys that began anew because they slept too long'],
  fenced: ['fenced_total', 'Partitions that others took while the worker was silent'],
  retries: ['retries_total', 'Times that the log could not be reached'],
  partitions: ['partitions', 'Partitions that the worker owns'],
  lanes: ['keys_in_memory', 'Keys in memory'],
  delay: ['delay_milliseconds', 'From the log taking the last committed event to its commit'],
  commitTime: ['commit_milliseconds', 'From sending the last commit to its answer'],
};

/**
 * Serves the metrics of a worker on /metrics.
 *
 * @param port 0 for any that is free
 * @throws {CliError} if prom-client is not installed or the port is taken
 */
export async function serveMetrics(
  port: number,
  metrics: Readonly<KeyedMetrics>,
  log: string,
): Promise<{ port: number; close(): void }> {
  const { Counter, Gauge, Registry } = await load();
  const registry = new Registry();
  registry.setDefaultLabels({ log });
  for (const [field, [name, help]] of Object.entries(METRICS)) {
    const read = () => metrics[field as keyof KeyedMetrics];
    const options = { name: `hiddenstate_keyed_${name}`, help, registers: [registry] };
    if (!name.endsWith('_total')) {
      new Gauge({ ...options, collect() { this.set(read()); } }); // biome-ignore format: one line
      continue;
    }
    new Counter({ ...options, collect() { this.reset(); this.inc(read()); } }); // biome-ignore format: one line
  }
  const server = createServer(async (request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('see /metrics\n');
      return;
    }
    response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CliError(`--metrics-port: ${error.message}`)));
    server.listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function load(): Promise<typeof import('prom-client')> {
  try {
    const module = await import('prom-client');
    return (module as unknown as { default?: typeof module }).default ?? module;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError('--metrics-port needs prom-client, which is not installed: npm install prom-client');
  }
}
