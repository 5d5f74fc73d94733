/** Workers that are handed a port. */
import { assert } from 'chai';
import { openBridge } from './bridge.js';
import { quadrants } from './coding.js';
import { offer, type PageEnv, type Situation } from './situations.js';
import type { WorkerResult, WorkerTask } from './worker-side.js';

async function inWorker(env: PageEnv, task: Omit<WorkerTask, 'port'>): Promise<WorkerResult> {
  const bridge = await openBridge(env.runIn);
  const worker = new Worker('/worker.js', { type: 'module' });
  try {
    return await new Promise<WorkerResult>((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<WorkerResult>) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ ...task, port: bridge.port } satisfies WorkerTask, [bridge.port]);
    });
  } finally {
    worker.terminate();
    bridge.cut();
  }
}

function encodesAndDecodes(transfer: boolean): Situation {
  return async (env) => {
    const result = await inWorker(env, { frames: 'platform', transfer });
    assert.isUndefined(result.error);
    assert.equal(result.scope, 'DedicatedWorkerGlobalScope');
    assert.deepEqual(result.timestamps, [0, 1000, 2000]);
    for (const [index, colour] of quadrants.entries()) {
      for (const [channel, value] of colour.entries()) {
        assert.closeTo(result.quadrants[index]?.[channel] ?? -1, value, 10);
      }
    }
  };
}

offer({
  'a Worker encodes and decodes over the port that it was given': encodesAndDecodes(false),
  'it may give its buffers away, for the other end is in the same process': encodesAndDecodes(true),
  'a Worker uses frames that stay in the host': async (env) => {
    const result = await inWorker(env, { frames: 'remote', transfer: false });
    assert.isUndefined(result.error);
    assert.deepEqual(result.timestamps, [0, 1000, 2000]);
  },
});
