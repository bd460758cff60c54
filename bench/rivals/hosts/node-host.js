import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { buildCeiling } from '../../ceiling/build.js';
import { makeGiven } from '../first/given.js';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Node runs relaxed SIMD by itself, behind a flag (20), or not at all. */
function relaxedFlags(execPath) {
  const bytes = JSON.stringify([...buildCeiling('relaxed')]);
  const test = `process.exit(WebAssembly.validate(new Uint8Array(${bytes})) ? 0 : 1)`;
  const runs = (flags) => {
    try {
      execFileSync(execPath, [...flags, '--eval', test], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  const flag = ['--experimental-wasm-relaxed-simd'];
  return !runs([]) && runs(flag) ? flag : [];
}

/**
 * A Node to measure in.
 *
 * @param execPath its executable
 */
export function nodeHost(execPath) {
  const version = execFileSync(execPath, ['--version'], { encoding: 'utf8' }).trim();
  const v8 = execFileSync(execPath, ['--print', 'process.versions.v8'], { encoding: 'utf8' }).trim();
  const flags = relaxedFlags(execPath);

  /** Forks a script, sends it one message and hands on those that come back. */
  async function ask(script, message, onAnswer) {
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'];
    // Advanced serialization carries typed arrays.
    const child = fork(pathOf(script), { execPath, execArgv: flags, stdio, serialization: 'advanced' });
    child.on('message', onAnswer);
    child.send(message);
    const [code, signal] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${script} in Node ${version}: ended with ${signal ?? code}`);
  }

  return {
    id: `node-${version.slice(1).split('.')[0]}`,
    label: `Node ${version.slice(1)}`,
    engine: `V8 ${v8}`,
    flags,
    burstMilliseconds: 3,
    firstContenders: [
      'plain',
      'hiddenstate',
      'onnxruntime-web',
      'onnxruntime-node',
      'tensorflow-wasm',
      'tensorflow-cpu',
    ],
    runGroup: (cases, pace, onCase) => ask('node-child.js', { cases, pace }, onCase),
    async firstResult(contender) {
      let milliseconds;
      await ask('../first/node-child.js', { contender, ...makeGiven() }, (answer) => {
        milliseconds = answer;
      });
      return milliseconds;
    },
    async close() {},
  };
}
