import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError } from '../errors.js';
import { reviveError, type SentError } from '../parallel/messages.js';
import type { EventName, Kind, MeterReport, Order, Report, SoundEvents, UnitPlan } from './messages.js';
import { hostError } from './options.js';

/** What Chromium tells about sound that came too late. */
interface PlaybackStats {
  readonly underrunEvents?: number;
  readonly fallbackFramesEvents?: number;
}

/** Where there are no worklets this module can still be imported: nothing of it is used there. */
const Base = ((globalThis as { AudioWorkletNode?: typeof AudioWorkletNode }).AudioWorkletNode ??
  Object) as typeof AudioWorkletNode;

type Listener<Name extends EventName> = (event: CustomEvent<SoundEvents[Name]>) => void;

// The typed events alone; what a SoundNode is, the class says, and the reference shows one docstring for both.
export interface SoundNode {
  /** Listens for an event of the model: `speechend`, `output`, `meter`, `error` … What it tells is `detail`. */
  addEventListener<Name extends EventName>(
    type: Name,
    listener: Listener<Name>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Listens for any other event of an `AudioWorkletNode`. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Listens no more; the listener and `capture` are those that were given. */
  removeEventListener<Name extends EventName>(
    type: Name,
    listener: Listener<Name>,
    options?: boolean | EventListenerOptions,
  ): void;
  /** The same for any other event. */
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/**
 * A model in the audio thread: an `AudioWorkletNode` of one input and one output, both mono. `createNode` makes one.
 *
 * Dispatches CustomEvents: `speechstart`, `speechrealstart`, `speechend`, `misfire` and `frame` (kind "vad"), `output` (kind
 * "model"), `meter`, and `error`.
 *
 * @example
 * ```ts
 * import { createNode, type SoundNode } from 'hiddenstate/worklet';
 *
 * const context = new AudioContext();
 * const node: SoundNode = await createNode(context, { kind: 'amplifier', model: '/amp.nam' });
 * node.addEventListener('error', ({ detail }) => console.log(detail.message));
 * node.connect(context.destination);
 * node.reset();
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface adds overloads alone
export class SoundNode extends Base {
  /** What it runs. */
  readonly kind: Kind;
  /** Samples by which the output is later than the input. */
  latency = 0;
  /** Settles when the processor is ready, or is not going to be. */
  private readonly begun: Promise<void>;
  private settle: { resolve(): void; reject(error: Error): void } = { resolve() {}, reject() {} };
  private readonly underrunsBefore: number;
  private alive = true;
  private readonly onStateChange = (): void => {
    const { state } = this.context;
    if (state === 'running') this.order({ type: 'resumed' });
    else if (state === 'closed') this.end();
  };

  /** @internal */
  constructor(context: BaseAudioContext, processor: string, plan: UnitPlan) {
    super(context, processor, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: plan,
    });
    this.kind = plan.kind;
    this.underrunsBefore = underrunsOf(context) ?? 0;
    this.begun = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.port.onmessage = ({ data }) => this.receive(data as Report);
    this.addEventListener('processorerror', () => {
      this.fail(hostError('createNode: got an audio thread that ended the processor, expected it to go on'));
    });
    context.addEventListener('statechange', this.onStateChange);
  }

  /**
   * Waits until the processor is ready.
   *
   * @internal
   */
  ready(): Promise<void> {
    return this.begun;
  }

  /**
   * Begins anew: states are those of the beginning. Takes effect in the audio thread, a quantum or so later.
   *
   * @throws {HiddenstateError} after `dispose()`, or once the context was closed
   */
  reset(): void {
    this.order({ type: 'reset' }, 'reset');
  }

  /**
   * Voice activity: the sound is over, speech that is under way ends. Without effect on other kinds.
   *
   * @throws as `reset`
   */
  flush(): void {
    this.order({ type: 'flush' }, 'flush');
  }

  /**
   * Turns the knobs that an amplifier was trained with.
   *
   * @param controls one number for each knob, as in training: most often from 0 to 1; copied
   * @throws as `reset`; what does not fit the model is told as an `error` event
   */
  setControls(controls: readonly number[] | Float32Array): void {
    this.order({ type: 'controls', controls: Array.from(controls) }, 'setControls');
  }

  /** Ends the processor, gives its memory back and disconnects the node. */
  dispose(): void {
    if (this.alive) {
      this.order({ type: 'dispose' });
      this.disconnect();
      this.end();
    }
    this.port.onmessage = null;
    this.port.close();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private order(order: Order, method?: string): void {
    if (this.alive) this.port.postMessage(order);
    else if (method) throw disposedError(`SoundNode.${method}`, 'node');
  }

  /**
   * No order is taken any more: lets go of the context, and of who waits. The port stays open after a context has closed:
   * what the processor sent before is still on its way, an offline context's last events among it.
   */
  private end(): void {
    if (!this.alive) return;
    this.alive = false;
    this.context.removeEventListener('statechange', this.onStateChange);
    this.settle.reject(hostError('createNode: got an AudioContext that was closed, expected an open one'));
  }

  private receive(report: Report): void {
    if (report.type === 'ready') {
      this.latency = report.latency;
      this.settle.resolve();
    } else if (report.type === 'failed') this.settle.reject(reviveError(report.error));
    else if (report.type === 'loaded') return;
    else if (report.name === 'error') this.fail(reviveError(report.detail as SentError));
    else if (report.name === 'meter') this.tell('meter', this.withUnderruns(report.detail as MeterReport));
    else this.tell(report.name, report.detail);
  }

  /** The browser's own count where it has one: it knows better. */
  private withUnderruns(report: MeterReport): MeterReport {
    const counted = underrunsOf(this.context);
    return counted === undefined ? report : { ...report, underruns: counted - this.underrunsBefore };
  }

  private fail(error: Error): void {
    this.settle.reject(error);
    this.tell('error', error);
  }

  private tell(name: EventName, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function underrunsOf(context: BaseAudioContext): number | undefined {
  const { playbackStats, playoutStats } = context as unknown as Record<string, PlaybackStats | undefined>;
  return playbackStats?.underrunEvents ?? playoutStats?.fallbackFramesEvents;
}
