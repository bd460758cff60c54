/** Runs in a fresh process: one contender, from its import to its first result. Loads nothing else that takes long. */
import { once } from 'node:events';
import { timeFirst } from './time-first.js';

const [{ contender, given, expected }] = await once(process, 'message');
process.send(await timeFirst(() => import(`./${contender}.js`), given, expected));
process.disconnect();
