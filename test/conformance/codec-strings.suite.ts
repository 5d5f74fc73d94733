/** Codec strings: what is a valid one, and what a configuration with another one comes to. */
import { assert } from 'chai';
import { assertRejects, Suite } from './harness.js';

export const suite = new Suite('codec strings');
const { conformance } = suite;

conformance('#config-codec-string', 'a codec string of white space alone is not valid', async ({ webcodecs }) => {
  for (const codec of ['', ' ', '\t\n\f\r ']) {
    await assertRejects('TypeError', webcodecs.VideoDecoder.isConfigSupported({ codec }));
  }
});

conformance('#config-support', 'an ambiguous codec string is valid and not supported', async ({ webcodecs }) => {
  for (const codec of ['vp9', 'av1', 'avc1', 'hevc']) {
    const { supported } = await webcodecs.VideoDecoder.isConfigSupported({ codec });
    assert.isFalse(supported, codec);
  }
});
