/** isConfigSupported(): https://w3c.github.io/webcodecs/#config-support and #clone-config, for each class. */
import { assert } from 'chai';
import { assertRejects, Suite } from './harness.js';
import { audioConfig, encodeVideo, kinds, videoConfig } from './kinds.js';

export const suite = new Suite('isConfigSupported');
const { conformance } = suite;

for (const kind of Object.values(kinds)) {
  const anchor = `#dom-${kind.name.toLowerCase()}-isconfigsupported`;

  conformance(anchor, 'an invalid configuration is rejected with a TypeError, never thrown', async ({ webcodecs }) => {
    const codecClass = kind.classOf(webcodecs);
    for (const config of kind.invalidConfigs) await assertRejects('TypeError', codecClass.isConfigSupported(config));
    for (const config of [undefined, 5, 'vp8', Symbol('s')]) {
      await assertRejects('TypeError', codecClass.isConfigSupported(config as never));
    }
    await assertRejects('TypeError', (codecClass.isConfigSupported as () => Promise<unknown>)());
    const failing = {
      get codec(): string {
        throw new RangeError('from a getter');
      },
    };
    await assertRejects('RangeError', codecClass.isConfigSupported(failing));
  });

  conformance(anchor, 'answers true for what configure() takes, false for what it closes over', async (env) => {
    const codecClass = kind.classOf(env.webcodecs);
    const good = await codecClass.isConfigSupported(await kind.goodConfig(env));
    assert.isTrue(good.supported);
    const bad = await codecClass.isConfigSupported(kind.unsupportedConfig);
    assert.isFalse(bad.supported);
    assert.include(bad.config, { codec: (kind.unsupportedConfig as { codec: string }).codec });
    assert.deepEqual(Object.keys(good).sort(), ['config', 'supported']);
  });

  conformance('#clone-config', `${kind.name}: the copy has known members only, and is one`, async (env) => {
    const codecClass = kind.classOf(env.webcodecs);
    const config = { ...(await kind.goodConfig(env)), nonsense: 1, toString: 5, constructor: null };
    const { config: copy } = await codecClass.isConfigSupported(config);
    assert.notStrictEqual(copy as object, config);
    assert.notProperty(copy, 'nonsense');
    assert.isFalse(Object.hasOwn(copy, 'toString'));
    assert.isFalse(Object.hasOwn(copy, 'constructor'));
    const again = await codecClass.isConfigSupported(copy);
    assert.deepEqual(again.config, copy);
    assert.strictEqual(Object.getPrototypeOf(copy), Object.prototype);
  });
}

conformance(
  '#clone-config',
  'VideoEncoder: every member, nested ones too, as it was understood',
  async ({ webcodecs }) => {
    const config = {
      codec: 'avc1.42001e',
      width: 64.9,
      height: '48',
      displayWidth: 128,
      displayHeight: 96,
      bitrate: 100_000,
      framerate: 25.5,
      hardwareAcceleration: 'prefer-software',
      alpha: 'discard',
      scalabilityMode: 'L1T1',
      bitrateMode: 'constant',
      latencyMode: 'realtime',
      contentHint: 'anything',
      avc: { format: 'annexb', other: 1 },
      hevc: { other: 1 },
    };
    const { config: copy } = await webcodecs.VideoEncoder.isConfigSupported(config as never);
    assert.deepEqual(copy as object, {
      ...config,
      width: 64,
      height: 48,
      avc: { format: 'annexb' },
      hevc: { format: 'hevc' },
    });
    const { config: least } = await webcodecs.VideoEncoder.isConfigSupported({ codec: 'vp8', width: 2, height: 2 });
    assert.deepEqual(least as object, {
      codec: 'vp8',
      width: 2,
      height: 2,
      alpha: 'discard',
      bitrateMode: 'variable',
      hardwareAcceleration: 'no-preference',
      latencyMode: 'quality',
    });
  },
);

conformance(
  '#clone-config',
  'VideoDecoder: every member, nested ones too, as it was understood',
  async ({ webcodecs }) => {
    const description = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 3);
    const config = {
      codec: 'vp8',
      description,
      codedWidth: 64,
      codedHeight: 48,
      displayAspectWidth: 4,
      displayAspectHeight: 3,
      colorSpace: { primaries: 'bt709', other: 1 },
      hardwareAcceleration: 'prefer-software',
      optimizeForLatency: 1,
      rotation: 90,
      flip: 'yes',
    };
    const { config: copy } = await webcodecs.VideoDecoder.isConfigSupported(config as never);
    const { description: copied, ...rest } = copy as unknown as typeof config;
    assert.deepEqual(rest as object, {
      codec: 'vp8',
      codedWidth: 64,
      codedHeight: 48,
      displayAspectWidth: 4,
      displayAspectHeight: 3,
      colorSpace: { primaries: 'bt709', transfer: null, matrix: null, fullRange: null },
      hardwareAcceleration: 'prefer-software',
      optimizeForLatency: true,
      rotation: 90,
      flip: true,
    });
    const bytes = ArrayBuffer.isView(copied) ? new Uint8Array(copied.buffer) : new Uint8Array(copied as ArrayBuffer);
    assert.deepEqual([...bytes], [1, 2]);
  },
);

conformance('#clone-config', 'AudioEncoder: extensions of codecs with their defaults', async ({ webcodecs }) => {
  const { config } = await webcodecs.AudioEncoder.isConfigSupported({ ...audioConfig, opus: {}, flac: {}, aac: {} });
  assert.deepEqual(config as object, {
    ...audioConfig,
    bitrateMode: 'variable',
    opus: {
      application: 'audio',
      format: 'opus',
      frameDuration: 20_000,
      packetlossperc: 0,
      signal: 'auto',
      usedtx: false,
      useinbandfec: false,
    },
    flac: { blockSize: 0, compressLevel: 5 },
    aac: { format: 'aac' },
  });
});

conformance(
  '#clone-config',
  'what is asked about is the configuration as it was at the call',
  async ({ webcodecs }) => {
    const config = { ...videoConfig };
    const answer = webcodecs.VideoEncoder.isConfigSupported(config);
    config.codec = 'nothing';
    config.width = 7;
    const { supported, config: copy } = await answer;
    assert.isTrue(supported);
    assert.include(copy, { codec: 'vp8', width: 64 });
  },
);

conformance('#config-support', 'valid configurations beyond every codec are not supported', async ({ webcodecs }) => {
  const video = async (config: object) =>
    (await webcodecs.VideoEncoder.isConfigSupported({ ...videoConfig, ...config })).supported;
  for (const config of [
    { width: 1_000_000 },
    { framerate: 0 },
    { framerate: -1 },
    { bitrate: 2 ** 50 },
    { scalabilityMode: 'L3T3' },
    { scalabilityMode: 'nothing' },
    { scalabilityMode: '' },
    { codec: 'opus' },
    { codec: 'avc1.42001e', alpha: 'keep' },
  ]) {
    assert.isFalse(await video(config), JSON.stringify(config));
  }
  const audio = async (config: object) =>
    (await webcodecs.AudioEncoder.isConfigSupported({ ...audioConfig, ...config })).supported;
  for (const config of [{ codec: 'vp8' }, { numberOfChannels: 10_000 }, { sampleRate: 2_000_000 }, { bitrate: 1 }]) {
    assert.isFalse(await audio(config), JSON.stringify(config));
  }
});

conformance(
  '#dom-videoencoderconfig-contenthint',
  'a content hint is never a reason to refuse',
  async ({ webcodecs }) => {
    for (const contentHint of ['', 'motion', 'detail', 'text', 'nothing']) {
      const { supported, config } = await webcodecs.VideoEncoder.isConfigSupported({ ...videoConfig, contentHint });
      assert.isTrue(supported);
      assert.include(config, { contentHint });
    }
  },
);

conformance('#config-support', 'a level below what the picture needs is not supported', async ({ webcodecs }) => {
  for (const [codec, expected] of [
    ['avc1.42000a', false],
    ['avc1.42001f', true],
    ['hvc1.1.6.L30.B0', false],
    ['hvc1.1.6.L93.B0', true],
  ] as const) {
    const { supported } = await webcodecs.VideoEncoder.isConfigSupported({ codec, width: 1280, height: 720 });
    assert.equal(supported, expected, codec);
  }
});

conformance('#hardware-acceleration', 'hardware is supported exactly where configure() opens it', async (env) => {
  const { webcodecs } = env;
  for (const hardwareAcceleration of ['prefer-hardware', 'prefer-software', 'no-preference'] as const) {
    for (const codec of ['avc1.42001e', 'hvc1.1.6.L93.B0', 'av01.0.04M.08', 'vp8']) {
      const config = { codec, width: 256, height: 144, hardwareAcceleration };
      const { supported } = await webcodecs.VideoEncoder.isConfigSupported(config);
      const isOpened = await encodeVideo(env, config, 1).then(
        () => true,
        () => false,
      );
      assert.equal(supported, isOpened, `${codec}, ${hardwareAcceleration}`);
      if (hardwareAcceleration === 'prefer-software') assert.isTrue(supported, codec);
    }
  }
});
