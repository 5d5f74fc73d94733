/** A file that can be played at every moment of its making. */
import {
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  type StreamTarget,
} from 'mediabunny';
import { containerOf, formatOf } from './formats.js';
import type { RecordingFormat } from './messages.js';

export class RecordingFile {
  readonly #output: Output;
  readonly #video: EncodedVideoPacketSource;
  readonly #audio: EncodedAudioPacketSource | null;
  readonly #failed: (error: unknown) => void;
  #started: Promise<void> | null = null;
  #waitingBytes = 0;
  #isBroken = false;
  #error: unknown = null;

  /** `failed` hears, once, why the file can't be written on. */
  constructor(format: RecordingFormat, hasSound: boolean, target: StreamTarget, failed: (error: unknown) => void) {
    const { videoCodec, audioCodec } = formatOf(format);
    this.#failed = failed;
    this.#output = new Output({ target, format: containerOf(format) });
    this.#video = new EncodedVideoPacketSource(videoCodec);
    this.#output.addVideoTrack(this.#video);
    this.#audio = hasSound ? new EncodedAudioPacketSource(audioCodec) : null;
    if (this.#audio) this.#output.addAudioTrack(this.#audio);
  }

  /** Bytes of packets that have not been taken up, because the disk is slower than what is recorded. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  addVideo(packet: EncodedPacket, metadata: EncodedVideoChunkMetadata | undefined): void {
    this.#add(packet, () => this.#video.add(packet, metadata));
  }

  addAudio(packet: EncodedPacket, metadata: EncodedAudioChunkMetadata | undefined): void {
    this.#add(packet, async () => this.#audio?.add(packet, metadata));
  }

  /** There will be no more sound: the picture needn't wait for it. */
  endSound(): void {
    this.#audio?.close();
  }

  /** Writes what is left. Rejects where it can't be; the file is good to its last fragment then. */
  async finish(): Promise<void> {
    if (this.#isBroken || !this.#started) {
      await this.#output.cancel().catch(() => undefined);
      // What broke after the end was heard by nobody.
      if (this.#isBroken) throw this.#error;
      return;
    }
    await this.#started;
    await this.#output.finalize();
  }

  #add(packet: EncodedPacket, add: () => Promise<void>): void {
    if (this.#isBroken) return;
    this.#started ??= this.#output.start();
    this.#waitingBytes += packet.byteLength;
    // Mediabunny takes packets in the order in which they are added.
    this.#started
      .then(add)
      .catch((error: unknown) => {
        if (this.#isBroken) return;
        this.#isBroken = true;
        this.#error = error;
        this.#failed(error);
      })
      .finally(() => {
        this.#waitingBytes -= packet.byteLength;
      });
  }
}
