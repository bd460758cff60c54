/**
 * hiddenstate/keyed: recurrent streams with keys over a log of events: states that survive crashes and move between machines, every
 * event and every result exactly once.
 */
export type {
  Claim,
  Commit,
  DeadLetter,
  History,
  JoinOptions,
  KeyState,
  Log,
  LogEvent,
  LogResult,
  LogStatus,
  Member,
  NewEvent,
  Notice,
  PartitionStatus,
  Producer,
  ProducerOptions,
  ReadOptions,
  Receipt,
  ResultBatch,
} from './log.js';
export { type MemoryLog, type MemoryLogOptions, memoryLog } from './memory/memory-log.js';
export type { KeyedMetrics } from './metrics.js';
export type {
  Encoded,
  KeyedEvent,
  KeyedModel,
  OldState,
  ResultValue,
  RunKeyedOptions,
  StatePolicy,
} from './options.js';
export { partitionOf } from './partition-of.js';
export { type Replay, type ReplayOptions, replay } from './replay.js';
export { type KeyedWorker, runKeyed } from './run-keyed.js';
export { readRecord as readState, type StateFormat, type StateRecord } from './state-record.js';
