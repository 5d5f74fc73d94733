/** Puts classes in the place of a platform's. */
import { globalVariantOf } from './connect.js';

const names = [
  'VideoEncoder',
  'VideoDecoder',
  'AudioEncoder',
  'AudioDecoder',
  'VideoFrame',
  'AudioData',
  'EncodedVideoChunk',
  'EncodedAudioChunk',
  'VideoColorSpace',
  'ImageDecoder',
  'ImageTrackList',
  'ImageTrack',
] as const;

/** Classes by their names, as `connectCodecs()` gives them; those that are absent stay the target's own. */
export type InstallableClasses = { readonly [Name in (typeof names)[number]]?: object };

/**
 * Replaces the codec classes of `target`, a page's or Worker's `globalThis`, so that libraries use them unchanged; the
 * media classes and ImageDecoder too where `classes` has others than the target's. As the specification has it, frames
 * of other sizes than their encoder's are scaled, unless `connectCodecs()` was told `frameSizeMismatch`: the
 * VideoEncoder installed is therefore another than that in `classes`. Returns what puts everything back that nobody has
 * replaced since.
 */
export function installWebCodecs(target: object, classes: InstallableClasses): () => void {
  const restorers = names.flatMap((name) => {
    const given = classes[name];
    if (!given || Reflect.get(target, name) === given) {
      return [];
    }
    const value = globalVariantOf(given);
    const previous = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
    return () => {
      if (Reflect.get(target, name) !== value) {
        return;
      }
      if (previous) {
        Object.defineProperty(target, name, previous);
      } else {
        Reflect.deleteProperty(target, name);
      }
    };
  });
  return () => {
    for (const restore of restorers.splice(0)) {
      restore();
    }
  };
}
