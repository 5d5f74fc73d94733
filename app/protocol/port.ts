/**
 * The smallest shape of a message port that both ends are written against, and the adapters onto it.
 * What each kind of port can carry is in the class comments; a port says itself whether it can transfer buffers.
 */

export interface Port {
  /**
   * Whether a transfer list of ArrayBuffers is honoured. Where it isn't, one is refused with a TypeError, because the
   * platform would throw or silently deliver `null`.
   */
  readonly canTransfer: boolean;
  /** Throws a DataCloneError where the message can't be cloned; silent after close. */
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  /** One listener; messages wait until it is set. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once when the other side is gone or close() was called, with the reason where there is one. */
  onClose(listener: (reason?: string) => void): void;
  /** While referenced, the port keeps the event loop alive. Ports start unreferenced. */
  ref(): void;
  unref(): void;
  close(): void;
}
