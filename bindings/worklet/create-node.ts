import { typeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import type { UnitPlan } from './messages.js';
import { connectCallbacks, hostError, type NodeOptions, planOf } from './options.js';
import { FILE_NAME, withProcessorFile } from './processor-file.js';
import { PROCESSOR_NAMES, type ProcessorFile } from './processor-name.js';
import { SoundNode } from './sound-node.js';

/** The files that contexts have, or will have, by URL or name. */
const loaded = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** What a browser has told of contexts since 2024; 128 before. */
interface QuantumSize {
  readonly renderQuantumSize?: number;
}

/**
 * Makes a node that runs a model in the audio thread. When it is there, everything is compiled and packed: the first quantum is as
 * fast as any.
 *
 * @param context running or not; an OfflineAudioContext too
 * @param options `kind`: what it is; `model`: the file, as bytes or a URL; and what that kind takes
 * @returns an AudioWorkletNode of one input and one output, both mono
 * @throws {TypeError | RangeError} if an option does not fit
 * @throws {HiddenstateError} if the context is closed, the processor's file cannot be loaded, or the model is refused
 *
 * @example
 * ```ts
 * import { createNode } from 'hiddenstate/worklet';
 *
 * const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
 * const context = new AudioContext();
 * const node = await createNode(context, {
 *   kind: 'vad',
 *   model: '/silero_vad_v6.onnx',
 *   onSpeechEnd: (audio) => transcribe(audio),
 * });
 * context.createMediaStreamSource(microphone).connect(node);
 * ```
 */
export async function createNode(context: BaseAudioContext, options: NodeOptions): Promise<SoundNode> {
  const who = 'createNode';
  if (typeof (context as Partial<BaseAudioContext> | null)?.sampleRate !== 'number') {
    throw typeError(`${who}: got ${describeValue(context)}, expected an AudioContext or an OfflineAudioContext`);
  }
  if (!context.audioWorklet) {
    throw hostError(`${who}: got a page without AudioWorklet, expected one that came by https or from localhost`);
  }
  assertOpen(context, who);
  const { renderQuantumSize = 128 } = context as QuantumSize;
  const live = 'baseLatency' in context;
  const plan = await planOf(options, context.sampleRate, renderQuantumSize, live, who);
  const file = fileFor(plan);
  await loadProcessor(context, options.processorUrl, file, who);
  assertOpen(context, who);
  const node = makeNode(context, file, plan, who);
  try {
    connectCallbacks(node, options);
    await node.ready();
    return node;
  } catch (error) {
    node.dispose();
    throw error;
  }
}

function assertOpen({ state }: BaseAudioContext, who: string): void {
  if (state === 'closed') throw hostError(`${who}: got an AudioContext that was closed, expected an open one`);
}

/** The smallest file that runs a plan. */
function fileFor({ kind, model }: UnitPlan): ProcessorFile {
  if (kind === 'vad') return 'vad';
  return kind === 'amplifier' || (kind === 'model' && model.format !== 'onnx') ? 'layers' : 'all';
}

function loadProcessor(
  context: BaseAudioContext,
  given: string | URL | undefined,
  file: ProcessorFile,
  who: string,
): Promise<void> {
  const files = loaded.get(context) ?? new Map<string, Promise<void>>();
  loaded.set(context, files);
  const key = given === undefined ? file : String(given);
  const known = files.get(key);
  if (known) return known;
  const loading = withProcessorFile(given, file, who, (url) => context.audioWorklet.addModule(url));
  files.set(key, loading);
  // It may be there the next time.
  loading.catch(() => files.delete(key));
  return loading;
}

/** A context has the processor for this kind, or the one for all. */
function makeNode(context: BaseAudioContext, file: ProcessorFile, plan: UnitPlan, who: string): SoundNode {
  let cause: unknown;
  for (const name of [PROCESSOR_NAMES[file], PROCESSOR_NAMES.all]) {
    try {
      return new SoundNode(context, name, plan);
    } catch (error) {
      cause = error;
    }
  }
  assertOpen(context, who);
  throw hostError(
    `${who}: processorUrl: got a file without this kind of processor (${(cause as Error).message}), ` +
      `expected the address of ${FILE_NAME}`,
    cause,
  );
}
