import type { Arguments } from '../arguments.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { changePartitions } from '../keyed/partitions.js';
import { replayKey } from '../keyed/replay.js';
import { runWorker } from '../keyed/run.js';
import { showStatus } from '../keyed/status.js';

/** What the command can do. */
const ACTIONS: Readonly<Record<string, (args: Arguments) => Promise<void>>> = {
  run: runWorker,
  status: showStatus,
  replay: replayKey,
  partitions: changePartitions,
};

/** `hiddenstate keyed ACTION` */
export const keyed: Command = {
  name: 'keyed',
  summary: 'run a model over keyed events in Redis, on many machines',
  description: [
    'run: a worker; every key has a state of its own in Redis, every event counts once.',
    'status: partitions, owners, lag, keys. replay: computes one key again from the log',
    'and compares bits. partitions: changes their number without loss. Needs ioredis or',
    'redis beside hiddenstate. A worker logs JSON lines to stderr and stops on SIGTERM.',
  ],
  operand: { name: 'ACTION', help: `${Object.keys(ACTIONS).slice(0, -1).join(', ')} or partitions` },
  options: [
    { name: 'redis', value: 'URL', help: 'where Redis is (default: redis://127.0.0.1:6379)' },
    { name: 'name', value: 'NAME', help: 'what the log is called' },
    { name: 'model', value: 'FILE', help: 'the model, of any format that "inspect" says runs' },
    { name: 'layers', value: 'A,B', help: 'of a file of weights: its layers in order, as names begin' },
    { name: 'values', value: 'KIND', help: 'what events hold: floats, or json arrays (default: floats)' },
    { name: 'model-version', value: 'TEXT', help: "changes with the model (default: from the file's content)" },
    { name: 'states', value: 'POLICY', help: 'states of another version: refuse, keep, reset (default: refuse)' },
    { name: 'state-format', value: 'FORMAT', help: 'float32, float16 or int8 (default: float32)' },
    { name: 'partitions', value: 'N', help: 'of a log that is new (default: 16)' },
    { name: 'retain', value: 'SECONDS', help: 'how long events are kept; "all" for good (default: 0)' },
    { name: 'lanes', value: 'N', help: 'keys held in memory (default: 4096)' },
    { name: 'ttl', value: 'SECONDS', help: 'a key silent for longer begins anew (default: never)' },
    { name: 'lease', value: 'MS', help: 'silence after which others take over (default: 3000)' },
    { name: 'metrics-port', value: 'PORT', help: 'serve Prometheus metrics; needs prom-client' },
    { name: 'key', value: 'KEY', help: 'of replay: which key' },
    { name: 'to', value: 'N', help: 'of partitions: how many there shall be' },
    { name: 'json', help: 'of status and replay: the answer as JSON' },
  ],
  examples: [
    'keyed run --redis redis://localhost:6379 --name sensors --model m.safetensors',
    'keyed status --name sensors',
    'keyed replay --name sensors --model m.safetensors --key pump-7',
    'keyed partitions --name sensors --to 32',
  ],
  async run(args) {
    const action = ACTIONS[args.operand as string];
    if (!Object.hasOwn(ACTIONS, args.operand as string)) {
      throw new CliError(`got ${JSON.stringify(args.operand)}, expected one of ${Object.keys(ACTIONS).join(', ')}`);
    }
    await action(args);
  },
};
