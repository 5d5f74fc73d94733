/** ImageTrackList and ImageTrack: https://w3c.github.io/webcodecs/#imagetracklist-interface */
import type { WireImageTrack } from '../protocol/messages.js';
import { exposeInterface, promised } from './web-idl.js';

/** Passed in place of constructor arguments; scripts can't make one. */
class TracksSource {
  readonly tracks: Tracks;
  readonly described: WireImageTrack | null;

  constructor(tracks: Tracks, described: WireImageTrack | null) {
    this.tracks = tracks;
    this.described = described;
  }
}

function requireSource(source: unknown): TracksSource {
  if (!(source instanceof TracksSource)) {
    throw new TypeError('Illegal constructor');
  }
  return source;
}

interface TrackState {
  described: WireImageTrack;
  selected: boolean;
}

let stateOf: (track: ImageTrack) => TrackState;

/** One of an image's tracks. Only its `selected` can be set. */
export class ImageTrack {
  readonly #tracks: Tracks;
  readonly #state: TrackState;

  constructor() {
    const { tracks, described } = requireSource(arguments[0]);
    this.#tracks = tracks;
    this.#state = { described: described as WireImageTrack, selected: false };
  }

  static {
    stateOf = (track) => track.#state;
  }

  /** Whether it has, or will have, more than one frame. */
  get animated(): boolean {
    return this.#state.described.animated;
  }

  /** Frames that have begun in the data so far. */
  get frameCount(): number {
    return this.#state.described.frameCount;
  }

  /** How often the animation is to be repeated after its first run; Infinity for ever. */
  get repetitionCount(): number {
    return this.#state.described.repetitionCount;
  }

  /** Whether decode() takes frames of this track. Setting it aborts what is pending. */
  get selected(): boolean {
    return this.#state.selected;
  }

  set selected(value: boolean) {
    this.#tracks.select(this, Boolean(value));
  }
}

/** An image's tracks; live. */
export class ImageTrackList {
  readonly [index: number]: ImageTrack;
  readonly #tracks: Tracks;

  constructor() {
    this.#tracks = requireSource(arguments[0]).tracks;
  }

  /** Resolves when the tracks are known; rejects where they can't be any more. */
  get ready(): Promise<undefined> {
    return promised(() => this.#tracks.ready);
  }

  get length(): number {
    return this.#tracks.all.length;
  }

  /** -1 where no track is selected. */
  get selectedIndex(): number {
    return this.#tracks.selectedIndex;
  }

  get selectedTrack(): ImageTrack | null {
    return this.#tracks.all[this.#tracks.selectedIndex] ?? null;
  }

  declare [Symbol.iterator]: () => ArrayIterator<ImageTrack>;
}

// https://webidl.spec.whatwg.org/#define-the-iteration-methods: with an indexed getter and a length, Array's own.
Object.defineProperty(ImageTrackList.prototype, Symbol.iterator, {
  value: Array.prototype[Symbol.iterator],
  writable: true,
  configurable: true,
});

/** What stands behind an ImageTrackList and its tracks. */
export class Tracks {
  readonly list: ImageTrackList;
  readonly ready: Promise<undefined>;
  all: readonly ImageTrack[] = [];
  selectedIndex = -1;
  readonly #selected: () => void;
  #settle: { resolve(value: undefined): void; reject(error: unknown): void } | null = null;
  #isClosed = false;

  /** `selected`: a script has chosen another track, or none. */
  constructor(selected: () => void) {
    this.#selected = selected;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Waiting for it is optional.
    this.ready.catch(() => undefined);
    this.list = Reflect.construct(ImageTrackList, [new TracksSource(this, null)]);
  }

  /** "Establish tracks", steps 4 to 10. */
  establish(described: readonly WireImageTrack[], preferAnimation: boolean | null): void {
    this.all = described.map((track): ImageTrack => Reflect.construct(ImageTrack, [new TracksSource(this, track)]));
    this.selectedIndex = defaultIndex(described, preferAnimation);
    this.all.forEach((track, index) => {
      stateOf(track).selected = index === this.selectedIndex;
      Object.defineProperty(this.list, index, { value: track, enumerable: true, configurable: true });
    });
    this.#settle?.resolve(undefined);
  }

  /** "Update tracks": more frames have come. */
  update(described: readonly WireImageTrack[]): void {
    this.all.forEach((track, index) => {
      const state = stateOf(track);
      const frameCount = described[index]?.frameCount ?? 0;
      if (frameCount > state.described.frameCount) {
        state.described = { ...state.described, frameCount };
      }
    });
  }

  /** The setter steps of `selected`: https://w3c.github.io/webcodecs/#dom-imagetrack-selected */
  select(track: ImageTrack, selected: boolean): void {
    const state = stateOf(track);
    if (this.#isClosed || state.selected === selected) {
      return;
    }
    state.selected = selected;
    const old = this.all[this.selectedIndex];
    if (old && old !== track) {
      stateOf(old).selected = false;
    }
    this.selectedIndex = selected ? this.all.indexOf(track) : -1;
    this.#selected();
  }

  /** "Close ImageDecoder", step 4. */
  close(reason: unknown): void {
    this.#isClosed = true;
    this.#settle?.reject(reason);
    for (const index of this.all.keys()) {
      Reflect.deleteProperty(this.list, index);
    }
    this.all = [];
    this.selectedIndex = -1;
  }
}

/** "Get default selected track index" */
function defaultIndex(tracks: readonly WireImageTrack[], preferAnimation: boolean | null): number {
  const preferred = tracks.findIndex(({ animated }) => animated === preferAnimation);
  return preferred >= 0
    ? preferred
    : Math.max(
        tracks.findIndex(({ primary }) => primary),
        0,
      );
}

exposeInterface(ImageTrack, 'ImageTrack', ['animated', 'frameCount', 'repetitionCount', 'selected']);
exposeInterface(ImageTrackList, 'ImageTrackList', ['ready', 'length', 'selectedIndex', 'selectedTrack']);
