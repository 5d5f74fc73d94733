import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { protocolVersion } from '../../app/protocol/messages.js';
import type { WebContents } from '../fixtures/electron-double/window.js';
import { noteDouble, type ServedPages, withPages } from '../fixtures/electron-windows.js';
import { eventually } from '../fixtures/event-loop.js';

test('what these tests ran on', (t) => noteDouble(t));

const hello = { type: 'hello', version: protocolVersion };

function opens(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ type: 'open', codec: index + 1, kind: 'video-encoder' }));
}

/** Messages that cost nothing but their number; so many that a busy machine can't make their rate lawful. */
function idle(count: number): object[] {
  return Array.from({ length: count }, () => ({ type: 'release', handles: [] }));
}

/** While `misuse` runs in one page, another page encodes to the end. */
async function besideAnother(
  pages: ServedPages,
  misuse: (contents: WebContents) => Promise<void>,
): Promise<WebContents> {
  const [bad, good] = [await pages.open(), await pages.open()];
  await good.mainFrame.call('connect');
  const encoding = good.mainFrame.call('encode', 150);
  await misuse(bad);
  assert.equal(await encoding, 150, 'another page notices nothing');
  return bad;
}

describe('a page over its limits gets errors, and another page notices nothing', () => {
  test('codecs', () =>
    withPages({ pageLimits: { codecs: 3 } }, async (pages) => {
      await besideAnother(pages, async ({ mainFrame }) => {
        await mainFrame.call('connect');
        assert.deepEqual(await mainFrame.call('openCodecs', 5), ['QuotaExceededError', 'QuotaExceededError']);
        assert.equal(await mainFrame.call('encode', 2), 2, 'within its limits it works on');
      });
    }));

  test('messages a second', () =>
    withPages({ pageLimits: { messagesPerSecond: 2_000 } }, async (pages) => {
      await besideAnother(pages, async ({ mainFrame }) => {
        await mainFrame.call('takePort');
        const answers = await mainFrame.call<string[]>('postRaw', [hello, ...idle(40_000)]);
        assert.match(answers.at(-1) ?? '', /goodbye: More than 2000 messages a second/);
      });
      assert.match(pages.faults[0]?.reason ?? '', /limits\.messagesPerSecond/);
    }));

  test('bytes in flight', () =>
    withPages({ pageLimits: { workCredit: { count: 32, bytes: 1_000 } } }, async (pages) => {
      await besideAnother(pages, async ({ mainFrame }) => {
        await mainFrame.call('takePort');
        const config = { codec: 'vp8', width: 64, height: 48 };
        const chunk = { type: 'key', timestamp: 0, duration: null, data: new Uint8Array(800) };
        const decode = { type: 'decode', codec: 1, generation: 0, chunk, alphaSideData: null };
        const answers = await mainFrame.call<string[]>('postRaw', [
          hello,
          { type: 'open', codec: 1, kind: 'video-decoder' },
          { type: 'configure', codec: 1, generation: 0, kind: 'video-decoder', config: { codec: config.codec } },
          ...Array.from({ length: 20 }, () => decode),
        ]);
        assert.match(answers.at(-1) ?? '', /goodbye: .*credit/i);
      });
    }));
});

describe('what is malformed closes its port with a logged reason, and another page notices nothing', () => {
  const cases: readonly (readonly [string, unknown[], RegExp])[] = [
    ['no object', ['hello'], /message must be an object/],
    ['a type that there is none of', [hello, { type: 'exec', command: 'id' }], /type/],
    ['no hello', opens(1), /first message must be hello/],
    ['a codec that is not open', [hello, { type: 'close', codec: 9 }], /Codec 9 is not open/],
    ['an id of the wrong kind', [hello, { type: 'open', codec: '1', kind: 'video-encoder' }], /codec/],
  ];
  for (const [name, messages, reason] of cases) {
    test(name, () =>
      withPages({}, async (pages) => {
        const bad = await besideAnother(pages, async ({ mainFrame }) => {
          await mainFrame.call('takePort');
          const answers = await mainFrame.call<string[]>('postRaw', messages);
          assert.match(answers.at(-1) ?? '', reason);
        });
        await eventually('the log', () => pages.faults.length === 1);
        assert.equal(pages.faults[0]?.origin, 'app://editor');
        assert.match(pages.faults[0]?.reason ?? '', reason);
        // The frame's channel is free again.
        await bad.mainFrame.call('connect');
        assert.deepEqual(pages.exits, [], 'the host lives on');
      }),
    );
  }

  test('a buffer in the transfer list, which arrives as null', () =>
    withPages({}, async (pages) => {
      await besideAnother(pages, async ({ mainFrame }) => {
        await mainFrame.call('takePort');
        const [type, message, bytesLeft] = await mainFrame.call<string[]>('transferBuffer');
        assert.equal(type, 'goodbye');
        assert.match(message ?? '', /null/);
        assert.equal(bytesLeft, '0');
      });
      await eventually('the log', () => pages.faults.length === 1);
    }));
});
