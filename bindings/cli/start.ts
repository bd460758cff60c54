import { generate } from './commands/generate.js';
import { reportErrors, runCommand } from './run-command.js';
import { watchStandardStreams } from './terminal/standard-output.js';

/** What `npm start` runs in a clone: the command `generate` alone, so that little has to be built for it. */
watchStandardStreams();
process.exitCode = await reportErrors(generate, () => runCommand(generate, process.argv.slice(2)));
