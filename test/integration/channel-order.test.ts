/**
 * Which channel is which: those of AudioData stand in the order that a WAVE file of the same layout has them in, for
 * every codec, as they do in Chromium. https://w3c.github.io/webcodecs/#audio-channel-ordering knows no other layout.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AudioCodec } from 'mediabunny';
import { withHost } from '../fixtures/codec-host.js';
import { type AudioEncoderConfigOf, decodeAudio, encodeAudio, joinChannel } from '../fixtures/coders.js';
import { type Container, demuxAudio, muxAudio } from '../fixtures/container.js';
import { decodeSamples, makeMedia, probeStream } from '../fixtures/debian-ffmpeg.js';
import { audioBlocks } from '../fixtures/synthetic-audio.js';

const sampleRate = 48_000;
/** Low enough for the channel of low frequencies; whole periods in a second. */
const toneOf = (channel: number) => 40 + 10 * channel;

function tones(channels: number): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: 2 * sampleRate }, (_, at) => {
      return 0.4 * Math.sin((2 * Math.PI * toneOf(channel) * at) / sampleRate);
    }),
  );
}

/** The channel whose tone is the strongest, by a second from the middle. */
function channelHeard(samples: Float32Array, channels: number): number {
  const part = samples.subarray(sampleRate / 2, (3 * sampleRate) / 2);
  const strengths = Array.from({ length: channels }, (_, channel) => {
    let [real, imaginary] = [0, 0];
    part.forEach((sample, at) => {
      const phase = (2 * Math.PI * toneOf(channel) * at) / sampleRate;
      real += sample * Math.cos(phase);
      imaginary += sample * Math.sin(phase);
    });
    return Math.hypot(real, imaginary);
  });
  return strengths.indexOf(Math.max(...strengths));
}

const inOrder = (channels: number) => Array.from({ length: channels }, (_, channel) => channel);

interface OrderedCodec {
  codec: string;
  mediabunny: AudioCodec;
  container: Container;
  input: string;
  /** ffmpeg's encoder for its own file, and that file's kind. */
  foreign: { args: string[]; extension: string };
  /** What the stream says its channels are, by their number; null: it can't be encoded. */
  layouts: Readonly<Record<number, string | null>>;
}

/** A layout where the codec fixes one for each number of channels. */
const vorbisLayouts = { 3: '3.0', 4: 'quad', 5: '5.0', 6: '5.1', 7: '6.1', 8: '7.1' };

const codecs: readonly OrderedCodec[] = [
  {
    ...{ codec: 'mp4a.40.2', mediabunny: 'aac', container: 'mp4', input: 'f32-planar' },
    foreign: { args: ['-c:a', 'aac', '-b:a', '512k'], extension: 'mp4' },
    layouts: { 3: '3.0', 4: '4.0', 5: '5.0', 6: '5.1', 7: '6.1(back)', 8: '7.1' },
  },
  {
    ...{ codec: 'opus', mediabunny: 'opus', container: 'mkv', input: 'f32-planar' },
    foreign: { args: ['-c:a', 'libopus', '-mapping_family', '1', '-b:a', '512k'], extension: 'mkv' },
    layouts: vorbisLayouts,
  },
  {
    ...{ codec: 'vorbis', mediabunny: 'vorbis', container: 'mkv', input: 'f32-planar' },
    foreign: { args: ['-c:a', 'libvorbis', '-b:a', '512k'], extension: 'mkv' },
    layouts: vorbisLayouts,
  },
  {
    ...{ codec: 'flac', mediabunny: 'flac', container: 'mkv', input: 's16' },
    foreign: { args: ['-c:a', 'flac'], extension: 'mkv' },
    layouts: { ...vorbisLayouts, 5: '5.0(side)', 6: '5.1(side)' },
  },
  {
    ...{ codec: 'pcm-s16', mediabunny: 'pcm-s16', container: 'wav', input: 's16' },
    foreign: { args: ['-c:a', 'pcm_s16le'], extension: 'wav' },
    layouts: { 3: '', 4: '', 5: '', 6: '', 7: '', 8: '' },
  },
];

describe('the order of channels', () => {
  for (const { codec, mediabunny, container, input, foreign, layouts } of codecs) {
    for (const [count, layout] of Object.entries(layouts)) {
      const channels = Number(count);
      const config: AudioEncoderConfigOf = {
        codec,
        sampleRate,
        numberOfChannels: channels,
        bitrate: 64_000 * channels,
      };
      if (/pcm|flac/.test(codec)) delete config.bitrate;

      it(`${codec}, ${channels} channels: ours stay in place, here and for the system's ffmpeg`, () =>
        withHost('inline', async ({ webcodecs }) => {
          if (layout === null) {
            const { supported } = await webcodecs.AudioEncoder.isConfigSupported(config);
            assert.equal(supported, false);
            return;
          }
          const encoded = await encodeAudio(
            webcodecs,
            config,
            audioBlocks({ sampleRate, channels: tones(channels) }, input, 960),
          );
          assert.deepEqual(encoded.errors, []);
          assert.ok(encoded.decoderConfig);
          const { outputs } = await decodeAudio(webcodecs, encoded.decoderConfig, encoded.chunks);
          const heard = inOrder(channels).map((channel) => channelHeard(joinChannel(outputs, channel), channels));
          assert.deepEqual(heard, inOrder(channels), 'decoded here');

          const file = await muxAudio(mediabunny, container, encoded);
          if (layout !== '') assert.equal((await probeStream(file))['channel_layout'], layout);
          const interleaved = await decodeSamples(file);
          const judged = inOrder(channels).map((channel) =>
            channelHeard(
              Float32Array.from(
                { length: interleaved.length / channels },
                (_, at) => interleaved[at * channels + channel] as number,
              ),
              channels,
            ),
          );
          assert.deepEqual(judged, inOrder(channels), "decoded by the system's ffmpeg");
        }));

      it(`${codec}, ${channels} channels: the system ffmpeg's are in place`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const sources = inOrder(channels).map((channel) => `0.4*sin(2*PI*${toneOf(channel)}*t)`);
          const source = `aevalsrc=${sources.join('|')}:c=${layout || vorbisLayouts[channels as 3]}:s=${sampleRate}:d=2`;
          const file = await makeMedia(['-f', 'lavfi', '-i', source], foreign.args, foreign.extension);
          const { config: found, chunks } = await demuxAudio(webcodecs, file);
          const { outputs, errors } = await decodeAudio(webcodecs, found, chunks);
          assert.deepEqual(errors, []);
          const heard = inOrder(channels).map((channel) => channelHeard(joinChannel(outputs, channel), channels));
          assert.deepEqual(heard, inOrder(channels));
        }));
    }
  }
});
