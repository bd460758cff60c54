import type { createNode, SoundNode } from './worklet.js';

/** How long frames take, each second. */
export interface Report {
  /** Microseconds a frame of 32 ms. */
  readonly frame: number;
  readonly underruns: number;
}

/** What a microphone's owner is told. */
export interface Listening {
  onFrame(probability: number, frame: Float32Array): void;
  onReport(report: Report): void;
  onEnd(reason: string): void;
}

const FRAME_MICROS = 32_000;

/** A microphone into a detector in the audio thread. */
export class Microphone {
  private readonly node: Promise<SoundNode>;
  private context: AudioContext;
  private source: MediaStreamAudioSourceNode | undefined;
  private stream: MediaStream | undefined;

  /** The context and its node are made at once, so that all is there when the network is not. */
  constructor(
    make: typeof createNode,
    private readonly options: { readonly model: Uint8Array; readonly processorUrl: string },
    private readonly listening: Listening,
  ) {
    this.context = new AudioContext();
    this.node = make(this.context, {
      kind: 'vad',
      ...this.options,
      onFrame: (probability, frame) => this.source && this.listening.onFrame(probability, frame),
      onMeter: ({ micros, budget, underruns }) =>
        this.source && this.listening.onReport({ frame: (micros * FRAME_MICROS) / budget, underruns }),
      onError: (error) => this.end(error.message),
    });
    this.node.catch(() => undefined);
  }

  get rate(): number {
    return this.context.sampleRate;
  }

  /** @throws {Error} with what the browser said, and the way out */
  async start(): Promise<void> {
    if (!navigator.mediaDevices) throw new Error('A microphone needs a page that came by https or from localhost.');
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      throw new Error(refusal(error as DOMException));
    }
    const node = await this.node;
    node.reset();
    await this.context.resume();
    this.source = this.context.createMediaStreamSource(this.stream);
    this.source.connect(node);
    this.stream.getAudioTracks()[0].onended = () => this.end('The microphone was taken away.');
  }

  stop(): void {
    this.source?.disconnect();
    this.source = undefined;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    if (this.context.state === 'running') void this.context.suspend();
  }

  close(): void {
    this.stop();
    void this.context.close();
  }

  private end(reason: string): void {
    this.stop();
    this.listening.onEnd(reason);
  }
}

function refusal({ name, message }: DOMException): string {
  if (name === 'NotAllowedError')
    return 'The browser was not allowed the microphone. Allow it beside the address and press Listen again, or use the recording.';
  if (name === 'NotFoundError') return 'There is no microphone here. The recording needs none.';
  return `The microphone could not be opened (${name}: ${message}). Close what else uses it, or use the recording.`;
}
