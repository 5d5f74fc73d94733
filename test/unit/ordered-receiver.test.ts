import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Delivery, OrderedReceiver } from '../../app/client/ordered-receiver.js';

/** Deliveries that write down what becomes of them. */
function journal() {
  const events: string[] = [];
  const delivery = (name: string): Delivery => ({
    deliver: () => void events.push(name),
    discard: () => void events.push(`${name} discarded`),
  });
  return { events, delivery };
}

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

test('what is ready is delivered at once where nothing is ahead', () => {
  const { events, delivery } = journal();
  new OrderedReceiver().push(delivery('first'), () => true);
  assert.deepEqual(events, ['first']);
});

test('deliveries keep their order whichever of them is ready first', async () => {
  const { events, delivery } = journal();
  const receiver = new OrderedReceiver();
  const slow = later(20).then(() => delivery('slow'));
  receiver.push(slow, () => true);
  receiver.push(Promise.resolve(delivery('fast')), () => true);
  receiver.push(delivery('ready'), () => true);
  await slow;
  assert.deepEqual(events, []);
  await later(0);
  assert.deepEqual(events, ['slow', 'fast', 'ready']);
  receiver.push(delivery('alone again'), () => true);
  assert.deepEqual(events.at(-1), 'alone again');
});

test('what nobody wants any more when its turn comes is discarded, and what follows is delivered', async () => {
  const { events, delivery } = journal();
  const receiver = new OrderedReceiver();
  let isWanted = true;
  receiver.push(Promise.resolve(delivery('old')), () => isWanted);
  receiver.push(delivery('new'), () => true);
  isWanted = false;
  await later(0);
  assert.deepEqual(events, ['old discarded', 'new']);
});
