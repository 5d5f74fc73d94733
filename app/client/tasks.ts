/** Tasks on the event loop and the reporting of exceptions, the same in pages and in Node. */

interface TaskGlobals {
  setImmediate?: (callback: () => void) => unknown;
  reportError?: (error: unknown) => void;
}

const globals: TaskGlobals = globalThis as TaskGlobals;

/** Runs `callback` as a task of its own: https://html.spec.whatwg.org/#queue-a-task */
export const queueTask: (callback: () => void) => void = makeTaskQueue();

function makeTaskQueue(): (callback: () => void) => void {
  const { setImmediate } = globals;
  if (setImmediate) {
    return (callback) => {
      setImmediate(callback);
    };
  }
  // Pages: a timer would be clamped to 4 ms.
  const waiting: (() => void)[] = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    channel.port2.postMessage(null);
  };
}

/** An exception of a user's callback goes where uncaught ones go: https://html.spec.whatwg.org/#report-the-exception */
export function reportException(error: unknown): void {
  if (globals.reportError) {
    globals.reportError(error);
    return;
  }
  queueMicrotask(() => {
    throw error;
  });
}

/** Calls a user's callback; what it throws is reported, never swallowed and never let into our own steps. */
export function invokeCallback<Arguments extends unknown[]>(
  callback: (...values: Arguments) => unknown,
  ...values: Arguments
): void {
  try {
    callback(...values);
  } catch (error) {
    reportException(error);
  }
}
