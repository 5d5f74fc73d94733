import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { exactBytes } from '../../app/protocol/bytes.js';
import type { Port } from '../../app/protocol/port.js';
import { portFromMessagePort } from '../../app/protocol/port-dom.js';
import { type MessagePortMainLike, portFromMessagePortMain } from '../../app/protocol/port-electron.js';
import { inlinePorts } from '../../app/protocol/port-inline.js';
import {
  type ChildProcessLike,
  portFromChildProcess,
  portFromParentProcess,
  portFromWorkerThreads,
} from '../../app/protocol/port-node.js';

function workerThreadsPair(): [Port, Port] {
  const { port1, port2 } = new MessageChannel();
  return [portFromWorkerThreads(port1), portFromWorkerThreads(port2)];
}

const nextMessage = (port: Port) => new Promise<unknown>((resolve) => port.onMessage(resolve));
const nextEnd = (port: Port) => new Promise<string | undefined>((resolve) => port.onClose(resolve));

/** Behaves as Electron's: nothing but ports is transferred, and close reaches the other side. */
class FakeMessagePortMain extends EventEmitter implements MessagePortMainLike {
  other: FakeMessagePortMain | undefined;
  posted: unknown[][] = [];
  #started = false;
  #queue: unknown[] = [];

  postMessage(...args: unknown[]): void {
    this.posted.push(args);
    if (args.length > 1) throw new TypeError('Port at index 0 is not a valid port');
    this.other?.receive(structuredClone(args[0]));
  }

  receive(data: unknown): void {
    if (this.#started) this.emit('message', { data });
    else this.#queue.push(data);
  }

  start(): void {
    this.#started = true;
    for (const data of this.#queue.splice(0)) this.emit('message', { data });
  }

  close(): void {
    this.other?.emit('close');
  }
}

/** A child process by the part of it that a port uses. */
class FakeChild extends EventEmitter implements ChildProcessLike {
  connected = true;
  refs = 0;
  sent: object[] = [];
  pendingWrites: (() => void)[] = [];
  readonly handle = { ref: () => (this.refs += 1), unref: () => (this.refs -= 1) };
  readonly channel = this.handle;
  readonly stderr = this.handle;
  ref = this.handle.ref;
  unref = this.handle.unref;

  send(message: object, callback: (error: Error | null) => void): boolean {
    this.sent.push(message);
    this.pendingWrites.push(() => callback(null));
    return true;
  }

  disconnect(): void {
    this.connected = false;
    this.emit('disconnect');
  }
}

test('a port of the same event loop refuses two views of a buffer to transfer, and loses no bytes silently', () => {
  const [near] = inlinePorts();
  const { buffer } = new Uint8Array(8);
  const [a, b] = [new Uint8Array(buffer, 0, 4), new Uint8Array(buffer, 4)];
  assert.throws(() => near.postMessage({ a, b }, [buffer]), { name: 'DataCloneError', message: /two views/ });
  near.close();
});

test('a port of the same event loop hands messages over as they are', async () => {
  const [near, far] = inlinePorts();
  near.ref();
  const message = { data: new Uint8Array([1, 2, 3]) };
  far.handOver(message);
  assert.equal(await nextMessage(near), message);
  near.close();
});

for (const [kind, makePair] of [
  ['a worker_threads port', workerThreadsPair],
  ['a port of the same event loop', inlinePorts],
] as const) {
  describe(kind, () => {
    test('detaches the buffers of its transfer list and delivers their bytes', async () => {
      const [near, far] = makePair();
      near.ref();
      const data = new Uint8Array([1, 2, 3]);
      far.postMessage({ data }, [data.buffer]);
      assert.equal(data.byteLength, 0);
      assert.deepEqual(await nextMessage(near), { data: new Uint8Array([1, 2, 3]) });
      near.close();
    });

    test('clones without a transfer list', async () => {
      const [near, far] = makePair();
      near.ref();
      const data = new Uint8Array([1, 2, 3]);
      far.postMessage({ data });
      assert.equal(data.byteLength, 3);
      await nextMessage(near);
      near.close();
    });

    test('hands messages over in order with others, and none after its end', async () => {
      const [near, far] = makePair();
      near.ref();
      far.postMessage(1);
      far.handOver({ data: new Uint8Array([1, 2, 3]) });
      far.postMessage(3);
      far.close();
      far.handOver(4);
      await nextEnd(near);
      const received: unknown[] = [];
      near.onMessage((message) => received.push(message));
      assert.deepEqual(received, [1, { data: new Uint8Array([1, 2, 3]) }, 3]);
    });

    test('throws a DataCloneError for what can not be cloned', () => {
      const [near] = makePair();
      assert.throws(() => near.postMessage({ call: () => undefined }), { name: 'DataCloneError' });
      near.close();
    });

    test('keeps messages until there is a listener, in order, and tells the end after them', async () => {
      const [near, far] = makePair();
      near.ref();
      for (const number of [1, 2, 3]) far.postMessage(number);
      far.close();
      await nextEnd(near);
      const received: unknown[] = [];
      near.onMessage((message) => received.push(message));
      assert.deepEqual(received, [1, 2, 3]);
    });

    test('tells its own close() once and not from within it; is silent afterwards', async () => {
      const [near, far] = makePair();
      const told: unknown[] = [];
      near.onClose((reason) => told.push(reason));
      near.close();
      near.close();
      assert.deepEqual(told, []);
      near.postMessage(1);
      far.ref();
      await nextEnd(far);
      assert.deepEqual(told, [undefined]);
    });

    test('gives every message a task of its own, with its microtasks before the next', async () => {
      const [near, far] = makePair();
      near.ref();
      const seen: string[] = [];
      const both = new Promise<void>((resolve) => {
        near.onMessage((message) => {
          seen.push(`message ${message}`);
          queueMicrotask(() => seen.push(`microtask ${message}`));
          if (message === 2) queueMicrotask(resolve);
        });
      });
      far.postMessage(1);
      far.postMessage(2);
      await both;
      assert.deepEqual(seen, ['message 1', 'microtask 1', 'message 2', 'microtask 2']);
      near.close();
    });

    test('shares no object and no bytes with the other side', async () => {
      const [near, far] = makePair();
      near.ref();
      const sent = { list: [{ value: 1 }], data: new Uint8Array([1]), nothing: undefined, none: null };
      far.postMessage(sent);
      sent.list[0] = { value: 2 };
      sent.data[0] = 2;
      const expected = { list: [{ value: 1 }], data: new Uint8Array([1]), nothing: undefined, none: null };
      assert.deepEqual(await nextMessage(near), expected);
      near.close();
    });
  });
}

describe('a port that can only clone', () => {
  const main = new FakeMessagePortMain();
  const ports: [string, Port][] = [
    ['MessagePortMain', portFromMessagePortMain(main)],
    ['a child process', portFromChildProcess(new FakeChild(), () => '')],
    ['the parent process', portFromParentProcess(Object.assign(new EventEmitter(), { connected: true }))],
    [
      'a MessagePort to another process',
      portFromMessagePort(new globalThis.MessageChannel().port1, { transfer: false }),
    ],
  ];
  for (const [name, port] of ports) {
    test(`refuses a transfer list, which would lose the buffer: ${name}`, () => {
      const data = new Uint8Array(3);
      assert.equal(port.canTransfer, false);
      assert.throws(() => port.postMessage({ data }, [data.buffer]), TypeError);
      assert.equal(data.byteLength, 3);
      port.close();
    });
  }
  test('never hands MessagePortMain a second argument', async () => {
    const near = new FakeMessagePortMain();
    const far = new FakeMessagePortMain();
    [near.other, far.other] = [far, near];
    const [nearPort, farPort] = [portFromMessagePortMain(near), portFromMessagePortMain(far)];
    nearPort.postMessage({ data: new Uint8Array([7]) }, []);
    assert.deepEqual(await nextMessage(farPort), { data: new Uint8Array([7]) });
    assert.equal(near.posted[0]?.length, 1);
    farPort.close();
    await nextEnd(nearPort);
  });
});

describe('a MessagePort of a page', () => {
  test('transfers where both ends are in one process', async () => {
    const { port1, port2 } = new globalThis.MessageChannel();
    const near = portFromMessagePort(port1, { transfer: true });
    const far = portFromMessagePort(port2, { transfer: true });
    const data = new Uint8Array([1]);
    near.postMessage({ data }, [data.buffer]);
    assert.equal(data.byteLength, 0);
    assert.deepEqual(await nextMessage(far), { data: new Uint8Array([1]) });
    near.close();
  });
});

describe('the port to a child process', () => {
  test('starts unreferenced; ref() holds child, channel and stderr', () => {
    const child = new FakeChild();
    const port = portFromChildProcess(child, () => '');
    assert.equal(child.refs, -3);
    port.ref();
    assert.equal(child.refs, 0);
  });

  test('disconnects only when what was posted has been written', () => {
    const child = new FakeChild();
    const port = portFromChildProcess(child, () => '');
    port.postMessage({ last: true });
    port.close();
    assert.ok(child.connected);
    for (const written of child.pendingWrites) written();
    assert.ok(!child.connected);
  });

  test('ends with the reason when the child has ended, not when it disconnects', async () => {
    const child = new FakeChild();
    const port = portFromChildProcess(child, (code, signal) => `${code} ${signal}`);
    let ended = false;
    const end = nextEnd(port).then((reason) => {
      ended = true;
      return reason;
    });
    child.disconnect();
    port.postMessage({ lost: true });
    assert.deepEqual(child.sent, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(!ended);
    child.emit('close', null, 'SIGSEGV');
    assert.equal(await end, 'null SIGSEGV');
  });

  test('ends with the reason when the child could not be started', async () => {
    const child = new FakeChild();
    const port = portFromChildProcess(child, () => '');
    child.emit('error', new Error('spawn ENOENT'));
    assert.equal(await nextEnd(port), 'spawn ENOENT');
  });

  test('throws a DataCloneError for what can not be cloned', () => {
    const child = new FakeChild();
    child.send = () => {
      throw new Error('#<Object> could not be cloned.');
    };
    const port = portFromChildProcess(child, () => '');
    assert.throws(() => port.postMessage({}), { name: 'DataCloneError' });
  });

  test('gives a small view its own buffer, and leaves a large one where it was read', async () => {
    const child = new FakeChild();
    const port = portFromChildProcess(child, () => '');
    const read = new ArrayBuffer(65536);
    const small = new Uint8Array(read, 100, 10).fill(5);
    const large = new Uint8Array(read, 8, 65000);
    child.emit('message', { chunk: { data: small }, audio: { data: large }, ['__proto__']: { data: small } });
    const message = (await nextMessage(port)) as { chunk: { data: Uint8Array }; audio: { data: Uint8Array } };
    assert.deepEqual(message.chunk.data, new Uint8Array(10).fill(5));
    assert.equal(message.chunk.data.buffer.byteLength, 10);
    assert.equal(message.audio.data.buffer, read);
    assert.equal(Object.getPrototypeOf(message), Object.prototype);
  });
});

describe('exactBytes', () => {
  test('copies a view of a larger buffer, so that no clone drags the buffer along', () => {
    const pool = new ArrayBuffer(8192);
    const exact = exactBytes(new Uint8Array(pool, 16, 4).fill(9));
    assert.deepEqual(exact, new Uint8Array([9, 9, 9, 9]));
    assert.equal(exact.buffer.byteLength, 4);
  });
  test('copies shared memory, which can not cross', () => {
    assert.ok(exactBytes(new Uint8Array(new SharedArrayBuffer(4))).buffer instanceof ArrayBuffer);
  });
  test('does not copy a view that covers its buffer', () => {
    const view = new Int16Array(4);
    assert.equal(exactBytes(view).buffer, view.buffer);
  });
});
