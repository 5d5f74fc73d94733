/** allocationSize() and copyTo() in the frame's own format, for pictures that are here and for those in the host. */
import { assert } from 'chai';
import { cropped, formats, picture, planesOf, type Rect, sizeOf } from './frame-bytes.js';
import { assertRejects, assertThrows, type Env, Suite } from './harness.js';

export const suite = new Suite('VideoFrame copyTo');
const { conformance } = suite;

type Frame = ReturnType<Env['frame']>;
type Construct = new (...values: unknown[]) => Frame;

const width = 6;
const height = 5;

function make(env: Env, format: string, members: object = {}): Frame {
  const init = { format, codedWidth: width, codedHeight: height, timestamp: 0, ...members };
  return new (env.webcodecs.VideoFrame as unknown as Construct)(picture(format, width, height), init);
}

/** The same picture here and, where there is such a thing, in the host. */
async function eachHome(
  env: Env,
  format: string,
  use: (frame: Frame, where: string) => Promise<void>,
  members: object = {},
): Promise<void> {
  const local = make(env, format, members);
  await use(local, `${format} here`);
  // FFmpeg doesn't have I420AP12: the host has such pictures as I422AP12.
  if ('transformVideoFrame' in env.webcodecs && format !== 'I420AP12') {
    const remote = await env.webcodecs.transformVideoFrame(local, { crop: { x: 0, y: 0, width, height } });
    await use(remote, `${format} in the host`);
    remote.close();
  }
  local.close();
}

const rects: readonly Rect[] = [
  { x: 0, y: 0, width, height },
  { x: 2, y: 2, width: 4, height: 3 },
  { x: 4, y: 4, width: 1, height: 1 },
  { x: 2, y: 0, width: 3, height: 5 },
];

conformance('#dom-videoframe-copyto', 'rect takes the samples under it, odd sizes rounding up', async (env) => {
  for (const format of formats) {
    await eachHome(env, format, async (frame, where) => {
      for (const rect of rects) {
        const expected = cropped(format, width, height, rect);
        const bytes = new Uint8Array(expected.length + 1).fill(99);
        assert.equal(frame.allocationSize({ rect }), expected.length, where);
        const layout = await frame.copyTo(bytes, { rect });
        assert.deepEqual(bytes.subarray(0, -1), expected, `${where} ${JSON.stringify(rect)}`);
        assert.equal(bytes.at(-1), 99);
        let offset = 0;
        const tight = planesOf(format, rect.width, rect.height).map(({ rowBytes, rows }) => {
          offset += rowBytes * rows;
          return { offset: offset - rowBytes * rows, stride: rowBytes };
        });
        assert.deepEqual(layout, tight, where);
      }
    });
  }
});

conformance('#dom-videoframe-copyto', 'without rect it is the visible rectangle', async (env) => {
  const visibleRect = { x: 2, y: 2, width: 3, height: 2 };
  const frame = make(env, 'I420', { visibleRect });
  const bytes = new Uint8Array(frame.allocationSize());
  await frame.copyTo(bytes);
  assert.deepEqual(bytes, cropped('I420', width, height, visibleRect));
  const all = new Uint8Array(frame.allocationSize({ rect: frame.codedRect ?? {} }));
  await frame.copyTo(all, { rect: frame.codedRect ?? {} });
  assert.deepEqual(all, picture('I420', width, height));
  frame.close();
});

conformance('#plane-layout', 'layout says where planes go, and what lies between stays', async (env) => {
  for (const format of formats) {
    const shapes = planesOf(format, width, height);
    const layout = shapes.map(() => ({ offset: 0, stride: 0 }));
    let end = 3;
    for (const [index, { rowBytes, rows }] of [...shapes.entries()].reverse()) {
      layout[index] = { offset: end, stride: rowBytes + 5 };
      end += rows * (rowBytes + 5);
    }
    const expected = new Uint8Array(end).fill(77);
    let from = 0;
    const source = picture(format, width, height);
    shapes.forEach(({ rowBytes, rows }, index) => {
      const { offset = 0, stride = 0 } = layout[index] ?? {};
      for (let row = 0; row < rows; row += 1, from += rowBytes) {
        expected.set(source.subarray(from, from + rowBytes), offset + row * stride);
      }
    });
    await eachHome(env, format, async (frame, where) => {
      assert.equal(frame.allocationSize({ layout }), end, where);
      const bytes = new Uint8Array(end).fill(77);
      assert.deepEqual(await frame.copyTo(bytes, { layout }), layout, where);
      assert.deepEqual(bytes, expected, where);
    });
  }
});

conformance(
  '#dom-videoframe-copyto',
  'the destination is any buffer or view, of which no byte outside is touched',
  async (env) => {
    const expected = picture('I420', width, height);
    const frame = make(env, 'I420');
    for (const buffer of [new ArrayBuffer(96), new SharedArrayBuffer(96)]) {
      const { length } = expected;
      const views = [
        new Uint8Array(buffer, 8, length),
        new Float32Array(buffer, 8, length / 4),
        new BigInt64Array(buffer, 8, length / 8),
        new DataView(buffer, 8, length),
      ];
      for (const view of views) {
        const all = new Uint8Array(buffer).fill(5);
        await frame.copyTo(view);
        assert.deepEqual(all.slice(8, 8 + length), expected);
        assert.isTrue([...all.subarray(0, 8), ...all.subarray(8 + length)].every((byte) => byte === 5));
      }
      await frame.copyTo(buffer);
      assert.deepEqual(new Uint8Array(buffer).slice(0, length), expected);
    }
    frame.close();
  },
);

conformance('#dom-videoframe-copyto', 'a destination that is too small or detached is a TypeError', async (env) => {
  await eachHome(env, 'I420', async (frame) => {
    const size = sizeOf('I420', width, height);
    await assertRejects('TypeError', frame.copyTo(new Uint8Array(size - 1)));
    const gone = new ArrayBuffer(size);
    structuredClone(gone, { transfer: [gone] });
    await assertRejects('TypeError', frame.copyTo(gone));
    await frame.copyTo(new Uint8Array(size));
  });
});

conformance('#videoframe-parse-visible-rect', 'a rect outside or between samples is a TypeError', async (env) => {
  const bad = [
    { x: 0, y: 0, width: 7, height: 2 },
    { x: 2, y: 0, width: 5, height: 2 },
    { x: 0, y: 4, width: 2, height: 2 },
    { x: -2, y: 0, width: 4, height: 2 },
    { x: 0, y: 0, width: 0, height: 2 },
    { x: 0, y: 0, width: Number.NaN, height: 2 },
    { x: 1, y: 0, width: 2, height: 2 },
    { x: 0, y: 1, width: 2, height: 2 },
    {},
  ];
  await eachHome(env, 'I420', async (frame) => {
    for (const rect of bad) {
      assertThrows('TypeError', () => frame.allocationSize({ rect }));
      // Alignment is that of the frame's format, whatever it is copied to.
      assertThrows('TypeError', () => frame.allocationSize({ rect, format: 'RGBA' }));
      await assertRejects('TypeError', frame.copyTo(new Uint8Array(4096), { rect }));
    }
  });
  await eachHome(env, 'I444', async (frame) => {
    assert.equal(frame.allocationSize({ rect: { x: 1, y: 1, width: 5, height: 4 } }), 60);
  });
});

conformance(
  '#videoframe-compute-layout-and-allocation-size',
  'a layout that doesn’t fit is a TypeError',
  async (env) => {
    const layoutOf = (...planes: [number, number][]) => planes.map(([offset, stride]) => ({ offset, stride }));
    const bad = [
      [],
      layoutOf([0, 6], [30, 3]),
      layoutOf([0, 6], [30, 3], [39, 3], [48, 3]),
      layoutOf([0, 5], [30, 3], [39, 3]),
      layoutOf([0, 6], [29, 3], [39, 3]),
      layoutOf([0, 6], [30, 3], [38, 3]),
      layoutOf([18, 2 ** 30], [0, 3], [9, 3]),
    ];
    await eachHome(env, 'I420', async (frame) => {
      for (const layout of bad) {
        assertThrows('TypeError', () => frame.allocationSize({ layout }));
        await assertRejects('TypeError', frame.copyTo(new Uint8Array(4096), { layout }));
      }
    });
  },
);

conformance(
  '#videoframe-parse-videoframecopytooptions',
  'only RGB can be asked for, after the rect was looked at',
  async (env) => {
    await eachHome(env, 'I420', async (frame) => {
      for (const format of formats) {
        if (/^(RGB|BGR)/.test(format)) {
          assert.equal(frame.allocationSize({ format }), 4 * width * height);
          continue;
        }
        assertThrows('NotSupportedError', () => frame.allocationSize({ format }));
        await assertRejects('NotSupportedError', frame.copyTo(new Uint8Array(4096), { format }));
        // The format is refused before the layout is looked at.
        assertThrows('NotSupportedError', () => frame.allocationSize({ format, layout: [] }));
        assertThrows('TypeError', () => frame.allocationSize({ format, rect: { x: 1, y: 0, width: 2, height: 2 } }));
      }
    });
  },
);

conformance('#dom-videoframe-copyto', 'a copy that is under way survives close()', async (env) => {
  await eachHome(env, 'I420', async (frame) => {
    const clone = frame.clone();
    const bytes = new Uint8Array(clone.allocationSize());
    const copied = clone.copyTo(bytes);
    clone.close();
    await copied;
    assert.deepEqual(bytes, picture('I420', width, height));
  });
});
