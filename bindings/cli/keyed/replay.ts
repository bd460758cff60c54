import type { RedisLog } from '../../keyed/redis/index.js';
import type { Arguments } from '../arguments.js';
import { CliError, printableJson } from '../cli-error.js';
import { counted } from '../terminal/format.js';
import { writeOut } from '../terminal/standard-output.js';
import { openComputation, withLog } from './open-log.js';

/** `hiddenstate keyed replay`: the exit code is 1 if bits differ. */
export async function replayKey(args: Arguments): Promise<void> {
  const key = args.text('key');
  if (key === undefined) throw new CliError('no --key given; name the key to compute again');
  await withLog(args, (log) => compare(args, log, key));
}

async function compare(args: Arguments, log: RedisLog, key: string): Promise<void> {
  const { model, ...computation } = await openComputation(args);
  const { replay } = await import('../../keyed/index.js');
  try {
    const found = await replay({ log, model, key, ...computation }).catch((error: Error) => {
      throw new CliError(error.message);
    });
    const { events, expected, complete, results, stateSame } = found;
    if (args.has('json')) await writeOut(printableJson(found));
    if (!complete) {
      throw new CliError(
        `${JSON.stringify(key)}: the log has ${events} of its ${expected} events, expected all; run workers with --retain all`,
        1,
      );
    }
    const same = stateSame && results.different === 0;
    const text =
      `${JSON.stringify(key)}: ${counted(events, 'event')} computed again; the state ${stateSame ? 'has the same bits' : 'has other bits'}; ` +
      `${results.different} of ${counted(results.compared, 'result')} in the log differ\n`;
    if (!args.has('json')) await writeOut(text);
    if (!same) {
      const from = results.firstDifferent === undefined ? '' : ` from event ${results.firstDifferent} on`;
      throw new CliError(
        `${JSON.stringify(key)}: bits differ${from}; is it the model and the build that the workers run?`,
        1,
      );
    }
  } finally {
    model.dispose();
  }
}
