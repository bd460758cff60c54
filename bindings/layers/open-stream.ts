import { assertOptions, assertSize } from '../options.js';
import type { Module } from './module.js';
import { Stream, type StreamOptions } from './stream.js';

/**
 * Opens a stream on any module.
 *
 * @internal
 */
export function openStream<State>(owner: Module, options: StreamOptions<State>): Stream<State> {
  const who = `${owner.type}.stream`;
  owner.assertAlive('stream');
  assertOptions(options, ['batch', 'state'], who);
  const { batch = 1 } = options;
  assertSize(batch, `${who}: batch`);
  return new Stream<State>(owner, owner.openStage(batch, owner.inputSize), options);
}
