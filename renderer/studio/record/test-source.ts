/** A picture and a sound to try a recording with where there is no device: a clock, a frame counter, a beep a second. */

export interface TestSource {
  readonly video: MediaStreamTrack;
  /** To be connected to where the sound shall go. */
  readonly sound: AudioNode;
  stop(): void;
}

/** Of the beep and of the flash that comes with it, seconds. */
const signalLength = 0.1;
const beepFrequency = 1000;
/** Bits of the picture's number below it, for whoever checks a recording. */
export const counterBits = 16;

const bars = ['#c8c8c8', '#c8c800', '#00c8c8', '#00c800', '#c800c8', '#c80000', '#0000c8'];

/** A beep at each whole second of the context's time. */
function startBeeps(context: AudioContext): { node: GainNode; stop(): void } {
  const node = new GainNode(context, { gain: 0 });
  const tone = new OscillatorNode(context, { frequency: beepFrequency });
  tone.connect(node);
  tone.start();
  let planned = Math.ceil(context.currentTime);
  const plan = (): void => {
    for (; planned < context.currentTime + 2; planned++) {
      node.gain.setValueAtTime(0.5, planned);
      node.gain.setValueAtTime(0, planned + signalLength);
    }
  };
  plan();
  const timer = setInterval(plan, 500);
  return {
    node,
    stop: () => {
      clearInterval(timer);
      tone.stop();
    },
  };
}

/** `number` counts pictures that were drawn; a busy page draws fewer than there should be. */
function draw(drawing: CanvasRenderingContext2D, seconds: number, number: number): void {
  const { width, height } = drawing.canvas;
  const unit = height / 36;
  const barsEnd = height * 0.55;
  for (const [place, colour] of bars.entries()) {
    drawing.fillStyle = colour;
    drawing.fillRect(Math.floor((place * width) / bars.length), 0, Math.ceil(width / bars.length), barsEnd);
  }
  drawing.fillStyle = '#14181f';
  drawing.fillRect(0, barsEnd, width, height - barsEnd);
  // What moves.
  drawing.fillStyle = '#5b9dff';
  const sweep = (seconds / 4) % 1;
  drawing.fillRect(sweep * (width - 4 * unit), barsEnd - unit, 4 * unit, unit);
  // The flash, with the beep.
  drawing.fillStyle = seconds % 1 < signalLength - 1e-6 ? '#ffffff' : '#000000';
  drawing.fillRect(width - 9 * unit, barsEnd + 2 * unit, 7 * unit, 7 * unit);
  drawing.fillStyle = '#ffffff';
  drawing.textBaseline = 'top';
  drawing.font = `600 ${5 * unit}px monospace`;
  drawing.fillText(timeText(seconds), 2 * unit, barsEnd + 1.8 * unit);
  drawing.font = `${2.6 * unit}px monospace`;
  drawing.fillText(`frame ${number}`, 2 * unit, barsEnd + 7.4 * unit);
  const cell = width / counterBits;
  for (let bit = 0; bit < counterBits; bit++) {
    drawing.fillStyle = (number >> (counterBits - 1 - bit)) & 1 ? '#ffffff' : '#000000';
    drawing.fillRect(Math.round(bit * cell), height - 3 * unit, Math.ceil(cell), 3 * unit);
  }
}

function timeText(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 60)}:${two(seconds % 60)}.${two((seconds % 1) * 100)}`;
}

/** Starts at once; the context's time is the clock of both. */
export function startTestSource(context: AudioContext, width: number, height: number, fps: number): TestSource {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const drawing = canvas.getContext('2d', { alpha: false });
  const [video] = canvas.captureStream(0).getVideoTracks() as [CanvasCaptureMediaStreamTrack];
  if (!drawing) throw new Error('This page has no canvas to draw a test picture on.');
  const beeps = startBeeps(context);
  const begun = Math.floor(context.currentTime);
  let last = -1;
  let number = 0;
  const timer = setInterval(
    () => {
      const index = Math.floor((context.currentTime - begun) * fps + 1e-3);
      if (index === last) return;
      last = index;
      draw(drawing, index / fps, number);
      number += 1;
      video.requestFrame();
    },
    1000 / fps / 4,
  );
  return {
    video,
    sound: beeps.node,
    stop: () => {
      clearInterval(timer);
      beeps.stop();
      video.stop();
    },
  };
}
