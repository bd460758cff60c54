/** When speech begins and ends; durations in milliseconds. Meanings and defaults are those of vad-web. */
export interface SpeechGateOptions {
  /** Speech begins at this probability. Default 0.3. */
  positiveSpeechThreshold?: number;
  /** Frames below this one count towards the end of speech. At most `positiveSpeechThreshold`. Default 0.25. */
  negativeSpeechThreshold?: number;
  /** Speech ends after so long below `negativeSpeechThreshold`, unless speech came in between. Default 1400. */
  redemptionMs?: number;
  /** Sound from before the beginning of speech that is part of its audio. Default 800. */
  preSpeechPadMs?: number;
  /** Speech of fewer frames is a misfire. Default 400. */
  minSpeechMs?: number;
}

/** What a gate tells. */
export interface SpeechEvents {
  /** Speech began with this frame. */
  onSpeechStart(): void;
  /** Speech has lasted for `minSpeechMs`: it will end with `onSpeechEnd`. */
  onSpeechRealStart(): void;
  /** Speech ended; its audio, padding and the pause at its end included. */
  onSpeechEnd(audio: Float32Array): void;
  /** Speech that began ended before `minSpeechMs`. */
  onVADMisfire(): void;
}

/** Frames that a recording has room for at first. */
const FIRST_ROOM = 64;

/** Finds speech in a sequence of frames and their probabilities, as the FrameProcessor of vad-web does. */
export class SpeechGate {
  /** Whether the last frame was part of speech. */
  speaking = false;
  private readonly redemptionFrames: number;
  private readonly padFrames: number;
  private readonly minFrames: number;
  private quietFrames = 0;
  private speechFrames = 0;
  private told = false;
  /** Frames since the beginning of the padding, the first at `first`. */
  private audio: Float32Array;
  private first = 0;
  private frames = 0;

  /**
   * @param frameSize samples of a frame
   * @param frameMs its duration
   */
  constructor(
    private readonly frameSize: number,
    frameMs: number,
    private readonly options: Required<SpeechGateOptions>,
    private readonly events: SpeechEvents,
  ) {
    this.redemptionFrames = Math.floor(options.redemptionMs / frameMs);
    this.padFrames = Math.floor(options.preSpeechPadMs / frameMs);
    this.minFrames = Math.floor(options.minSpeechMs / frameMs);
    this.audio = new Float32Array((2 * this.padFrames + FIRST_ROOM) * frameSize);
  }

  /** Takes the next frame. The gate is in order before it tells anything: what it calls may call `reset()`. */
  push(frame: Float32Array, probability: number): void {
    const { events, options } = this;
    this.record(frame);
    const speech = probability >= options.positiveSpeechThreshold;
    const begins = speech && !this.speaking;
    if (speech) {
      this.speechFrames++;
      this.quietFrames = 0;
      this.speaking = true;
    }
    const real = this.speaking && this.speechFrames === this.minFrames && !this.told;
    if (real) this.told = true;
    const quiet = probability < options.negativeSpeechThreshold && this.speaking;
    const ends = quiet && ++this.quietFrames >= this.redemptionFrames;
    const audio = ends ? this.end() : undefined;
    if (!this.speaking) {
      this.speechFrames = 0;
      const old = Math.max(0, this.frames - this.padFrames);
      this.first += old;
      this.frames -= old;
    }
    if (begins) events.onSpeechStart();
    if (real) events.onSpeechRealStart();
    if (ends) this.tell(audio);
  }

  /** The sound is over: speech that is under way ends. */
  finish(): void {
    const { speaking } = this;
    const audio = speaking ? this.end() : undefined;
    this.reset();
    if (speaking) this.tell(audio);
  }

  /** Forgets what it heard. */
  reset(): void {
    this.speaking = false;
    this.told = false;
    this.quietFrames = 0;
    this.speechFrames = 0;
    this.first = 0;
    this.frames = 0;
  }

  /** @returns the audio of what ends, or undefined if it is too short for speech */
  private end(): Float32Array | undefined {
    const { first, frames, frameSize } = this;
    const long = this.speechFrames >= this.minFrames;
    const audio = long ? this.audio.slice(first * frameSize, (first + frames) * frameSize) : undefined;
    this.reset();
    return audio;
  }

  private tell(audio: Float32Array | undefined): void {
    if (audio) this.events.onSpeechEnd(audio);
    else this.events.onVADMisfire();
  }

  private record(frame: Float32Array): void {
    const { frameSize } = this;
    if ((this.first + this.frames + 1) * frameSize > this.audio.length) {
      const kept = this.audio.subarray(this.first * frameSize, (this.first + this.frames) * frameSize);
      // In silence there is always room after moving; only speech makes the recording longer.
      if (2 * kept.length > this.audio.length) {
        const longer = new Float32Array(2 * this.audio.length);
        longer.set(kept);
        this.audio = longer;
      } else this.audio.set(kept);
      this.first = 0;
    }
    this.audio.set(frame, (this.first + this.frames) * frameSize);
    this.frames++;
  }
}
