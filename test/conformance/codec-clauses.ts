/** The clauses that hold for every codec class, under the anchors of each. */
import { callingBack } from './codec-callbacks.js';
import { dequeueing } from './codec-dequeue.js';
import { closing, flushing, lifetimes, resetting } from './codec-endings.js';
import { anchorsOf } from './codec-situation.js';
import { configuration, construction, working } from './codec-states.js';
import type { Suite } from './harness.js';
import type { Kind } from './kinds.js';

/** Adds the clauses that all four classes share. */
export function addCodecClauses(kind: Kind, { conformance }: Suite): void {
  const anchors = anchorsOf(kind);
  for (const add of [
    construction,
    configuration,
    working,
    dequeueing,
    flushing,
    resetting,
    closing,
    callingBack,
    lifetimes,
  ]) {
    add(kind, anchors, conformance);
  }
}
