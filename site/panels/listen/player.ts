/** Plays a buffer from any place, and says where it is. */
export class Player {
  private readonly context: AudioContext;
  private source: AudioBufferSourceNode | undefined;
  private began = 0;
  private from = 0;
  private until = 0;
  private frame = 0;

  /**
   * @param onTime called for each picture while it plays, with the seconds
   * @param onEnd when the sound is over or was stopped
   */
  constructor(
    private readonly onTime: (seconds: number) => void,
    private readonly onEnd: (seconds: number) => void,
  ) {
    this.context = new AudioContext();
  }

  get playing(): boolean {
    return this.source !== undefined;
  }

  async play(buffer: AudioBuffer, from: number, until = buffer.duration): Promise<void> {
    this.stop();
    await this.context.resume();
    this.stop();
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.context.destination);
    source.start(0, from, Math.max(0, until - from));
    this.source = source;
    this.from = from;
    this.until = until;
    this.began = this.context.currentTime;
    this.follow();
  }

  stop(): void {
    if (!this.source) return;
    cancelAnimationFrame(this.frame);
    this.source.stop();
    this.source.disconnect();
    this.source = undefined;
    this.onEnd(this.time);
    void this.context.suspend();
  }

  close(): void {
    this.stop();
    void this.context.close();
  }

  private get time(): number {
    return Math.min(this.until, this.from + this.context.currentTime - this.began);
  }

  private follow(): void {
    this.onTime(this.time);
    if (this.time >= this.until) this.stop();
    else this.frame = requestAnimationFrame(() => this.source && this.follow());
  }
}
