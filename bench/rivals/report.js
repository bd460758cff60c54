/**
 * Rewrites bench/README.md and bench/charts/ from bench/results/.
 *
 *   node bench/rivals/report.js
 *   node bench/rivals/report.js --trial FOLDER    from trials (--quick and filtered runs), into a folder
 */
import { parseArgs } from 'node:util';
import { writeReport } from './report/write-report.js';

const { values } = parseArgs({ options: { trial: { type: 'string' } } });
await writeReport(values.trial === undefined ? {} : { folder: values.trial, trial: true });
