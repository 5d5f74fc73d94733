/** What the clauses of all codec classes are made with: their anchors, and a codec that is closed afterwards. */
import type { Env, Suite } from './harness.js';
import type { Callbacks, Kind, Recorded } from './kinds.js';

export type Conformance = Suite['conformance'];

/** Anchors of one class. */
export function anchorsOf({ name, method }: Kind) {
  const lower = name.toLowerCase();
  return {
    constructor: `#dom-${lower}-${lower}`,
    init: `#dictdef-${lower}init`,
    state: `#dom-${lower}-state`,
    queueSize: `#dom-${lower}-${method}queuesize`,
    ondequeue: `#dom-${lower}-ondequeue`,
    dequeue: `#eventdef-${lower}-dequeue`,
    scheduleDequeue: `#${lower}-schedule-dequeue-event`,
    configure: `#dom-${lower}-configure`,
    work: `#dom-${lower}-${method}`,
    flush: `#dom-${lower}-flush`,
    reset: `#dom-${lower}-reset`,
    resetAlgorithm: `#reset-${lower}`,
    close: `#dom-${lower}-close`,
    closeAlgorithm: `#close-${lower}`,
  } as const;
}

export type Anchors = ReturnType<typeof anchorsOf>;

/** Runs a body with a fresh codec, which is closed afterwards. */
export function withCodec(
  kind: Kind,
  body: (recorded: Recorded, env: Env) => Promise<void> | void,
  callbacks: (get: () => Recorded) => Callbacks = () => ({}),
): (env: Env) => Promise<void> {
  return async (env) => {
    const box: { recorded?: Recorded } = {};
    const recorded = await kind.record(
      env,
      callbacks(() => box.recorded as Recorded),
    );
    box.recorded = recorded;
    try {
      await body(recorded, env);
    } finally {
      if (recorded.codec.state !== 'closed') recorded.codec.close();
    }
  };
}

export function workTimes(recorded: Recorded, count: number): void {
  for (let index = 0; index < count; index += 1) recorded.work(index);
}
