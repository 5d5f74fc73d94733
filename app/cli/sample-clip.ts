import { paintNumber } from './bitmap-digits.js';

/** A clip made from nothing but the frame number: so what comes back can be compared with what went in. */
export const sampleClip = {
  width: 1280,
  height: 720,
  frameRate: 30,
  frames: 150,
  sampleRate: 48000,
  channels: 2,
} as const;

const { width, height, frameRate, frames, sampleRate, channels } = sampleClip;

export const sampleDuration = frames / frameRate;

const chromaWidth = width / 2;
const chromaHeight = height / 2;
const lumaSize = width * height;
const chromaSize = chromaWidth * chromaHeight;

/** A ramp up and down, long enough to be read from any shift. */
function ramp(length: number, period: number, low: number, high: number): Uint8Array {
  const half = period / 2;
  return Uint8Array.from({ length: length + period }, (_value, x) => {
    const phase = x % period;
    return low + ((high - low) * (phase < half ? phase : period - phase)) / half;
  });
}

const lumaRamp = ramp(width, 512, 50, 190);
const chromaRamp = ramp(chromaWidth, 640, 80, 176);

/** Frame `index` as tightly packed I420: a gliding gradient, a bouncing ball, and the frame's number. */
export function drawFrame(index: number): Uint8Array {
  const bytes = new Uint8Array(lumaSize + 2 * chromaSize);
  const luma = bytes.subarray(0, lumaSize);
  const u = bytes.subarray(lumaSize, lumaSize + chromaSize);
  const v = bytes.subarray(lumaSize + chromaSize);

  const lumaShift = (index * 3) % 512;
  for (let y = 0; y < height; y++) {
    const shift = (lumaShift + Math.floor(y / 4)) % 512;
    luma.set(lumaRamp.subarray(shift, shift + width), y * width);
  }
  const chromaShift = (index * 2) % 640;
  const chromaRow = chromaRamp.subarray(chromaShift, chromaShift + chromaWidth);
  for (let y = 0; y < chromaHeight; y++) {
    u.set(chromaRow, y * chromaWidth);
    v.fill(90 + Math.round((80 * y) / chromaHeight), y * chromaWidth, (y + 1) * chromaWidth);
  }
  drawBall(luma, u, v, index);
  paintNumber(luma, width, { value: index, digits: 4, x: 40, y: 40, scale: 24, ink: 235, paper: 16 });
  return bytes;
}

function drawBall(luma: Uint8Array, u: Uint8Array, v: Uint8Array, index: number): void {
  const radius = 60;
  const angle = (2 * Math.PI * index) / (frameRate * 2.5);
  const centerX = Math.round(width / 2 + (width / 2 - 120) * Math.sin(angle));
  const centerY = Math.round(height - 140 - 240 * Math.abs(Math.cos(angle * 2.5)));
  for (let dy = -radius; dy <= radius; dy++) {
    const half = Math.floor(Math.sqrt(radius * radius - dy * dy));
    const y = centerY + dy;
    luma.fill(150, y * width + centerX - half, y * width + centerX + half);
    if (y % 2 === 0) {
      const from = (y / 2) * chromaWidth + Math.floor((centerX - half) / 2);
      u.fill(70, from, from + half);
      v.fill(210, from, from + half);
    }
  }
}

const beepLength = 0.1;
const beepPitch = 1000;
const fade = 0.005;

/** Interleaved samples of frame `index`'s share of the sound: a beep at the start of each second. */
export function drawSound(index: number): Float32Array<ArrayBuffer> {
  const from = Math.round((index * sampleRate) / frameRate);
  const to = Math.round(((index + 1) * sampleRate) / frameRate);
  const samples = new Float32Array((to - from) * channels);
  for (let position = from; position < to; position++) {
    const inSecond = (position % sampleRate) / sampleRate;
    if (inSecond < beepLength) {
      const envelope = Math.min(1, inSecond / fade, (beepLength - inSecond) / fade);
      const value = 0.5 * envelope * Math.sin(2 * Math.PI * beepPitch * inSecond);
      samples.fill(value, (position - from) * channels, (position - from + 1) * channels);
    }
  }
  return samples;
}

/** Where frame `index`'s sound begins, in seconds. */
export function soundStart(index: number): number {
  return Math.round((index * sampleRate) / frameRate) / sampleRate;
}
