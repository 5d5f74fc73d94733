/** Captured frames that wait for the encoder: few, for what waits holds one of the camera's own buffers. */

/** A frame and its time in the recording, milliseconds. */
export interface TimedFrame {
  frame: VideoFrame;
  time: number;
}

export class FrameQueue {
  readonly #limit: number;
  #frames: TimedFrame[] = [];
  #wake: (() => void) | null = null;
  #dropped = 0;
  #isClosed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Frames that were let go because there was no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes the frame over. The oldest makes room for it. */
  push(frame: TimedFrame): void {
    if (this.#isClosed) {
      frame.frame.close();
      return;
    }
    this.#frames.push(frame);
    if (this.#frames.length > this.#limit) {
      this.#frames.shift()?.frame.close();
      this.#dropped += 1;
    }
    this.#wake?.();
  }

  /** The oldest frame, which is the caller's now; null when there will be none. */
  async take(): Promise<TimedFrame | null> {
    while (this.#frames.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.shift() ?? null;
  }

  /** Nothing more comes; what waits is still handed out. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Lets go of all that waits. */
  clear(): void {
    for (const { frame } of this.#frames.splice(0)) frame.close();
  }
}
