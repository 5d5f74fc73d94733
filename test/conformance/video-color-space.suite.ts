/** https://w3c.github.io/webcodecs/#video-color-space-interface; its conversions are the IDL suite's. */
import { assert } from 'chai';
import { Suite } from './harness.js';

export const suite = new Suite('VideoColorSpace');
const { conformance } = suite;

const nulls = { primaries: null, transfer: null, matrix: null, fullRange: null };

conformance('#videocolorspace-constructors', 'what is not given is null', ({ webcodecs: { VideoColorSpace } }) => {
  for (const init of [undefined, null, {}, nulls, { primaries: undefined }]) {
    const space = new VideoColorSpace(init as never);
    const { primaries, transfer, matrix, fullRange } = space;
    assert.deepEqual({ primaries, transfer, matrix, fullRange }, nulls);
    assert.deepEqual(space.toJSON(), nulls);
  }
});

conformance('#videocolorspace-attributes', 'attributes and toJSON() have what was given', ({ webcodecs }) => {
  const init = { primaries: 'bt2020', transfer: 'hlg', matrix: 'bt2020-ncl', fullRange: false } as const;
  const space = new webcodecs.VideoColorSpace(init);
  const { primaries, transfer, matrix, fullRange } = space;
  assert.deepEqual({ primaries, transfer, matrix, fullRange }, init);
  assert.equal(JSON.stringify(space), JSON.stringify(init));
  const copy = new webcodecs.VideoColorSpace(space);
  assert.deepEqual<unknown>(copy.toJSON(), init);
});

conformance('#dom-videocolorspaceinit-fullrange', 'fullRange is a boolean of whatever it is', ({ webcodecs }) => {
  for (const fullRange of [1, 'false', {}]) {
    assert.isTrue(new webcodecs.VideoColorSpace({ fullRange } as never).fullRange);
  }
  for (const fullRange of [0, '', Number.NaN]) {
    assert.isFalse(new webcodecs.VideoColorSpace({ fullRange } as never).fullRange);
  }
});
