/** The picture, and what stands in its place while there is none. */
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../shell/icon.js';
import { engine, hostProblem } from '../studio.js';
import { chooseFile } from './file-choice.js';
import { before, medium, opening, openProblem, openSource, position, rate, seek } from './session.js';
import { useSize } from './use-size.js';

/** Space around the picture, in CSS pixels. */
const margin = 12;

export function Stage() {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useSize(frame);
  const info = medium.value;
  const picture = info?.video;
  useEffect(() => {
    if (canvas.current) engine.giveCanvas('picture', canvas.current);
  }, []);
  const scale = picture
    ? Math.max(0, Math.min(1, (room.width - 2 * margin) / picture.width, (room.height - 2 * margin) / picture.height))
    : 0;
  const [width, height] = picture ? [Math.round(picture.width * scale), Math.round(picture.height * scale)] : [0, 0];
  useEffect(() => {
    if (width === 0 || height === 0) return undefined;
    engine.setViewport(Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio));
    // The host scales: a larger canvas needs a larger picture. While playing it comes by itself, and a seek would stop it.
    const timer = setTimeout(() => {
      if (rate.peek() === 0) void seek(position.peek());
    }, 120);
    return () => clearTimeout(timer);
  }, [width, height]);
  const look = `stage-picture${picture?.mayBeTransparent ? ' stage-checks' : ''}`;
  return (
    <div class="stage" ref={frame}>
      <canvas
        ref={canvas}
        class={look}
        role="img"
        aria-label={info ? `Picture of ${info.name}` : 'No picture'}
        hidden={!picture}
        style={{ width: `${width}px`, height: `${height}px` }}
      />
      {info && !picture && (
        <div class="stage-note">
          <Icon name="sound" />
          <p>{info.audio ? 'Sound without a picture' : 'Nothing to see or to hear'}</p>
        </div>
      )}
      {!info && <Invitation />}
      {info && opening.value && <p class="stage-badge">Opening {opening.value}…</p>}
      {info && hostProblem.value && (
        <p class="stage-badge" role="status">
          The codec host is restarting. The file stays open.
        </p>
      )}
      {info && openProblem.value && <OpenProblem />}
      {before.value && info && (
        <p class="stage-badge">
          Playing the result {info.name}
          <button
            type="button"
            class="button button-small"
            onClick={() => {
              if (before.value) void openSource(before.value);
            }}
          >
            Back to the source
          </button>
        </p>
      )}
    </div>
  );
}

function OpenProblem() {
  return (
    <div class="stage-problem" role="alert">
      <Icon name="warning" />
      <p>{openProblem.value}</p>
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss"
        onClick={() => {
          openProblem.value = null;
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function Invitation() {
  return (
    <div class="stage-invitation">
      <Icon name="film" />
      <h1>{opening.value ? `Opening ${opening.value}…` : 'Open a video or sound'}</h1>
      <p class="soft">Drop a file here, or choose one: MP4, MOV, WebM, Matroska, MP3, FLAC, Ogg, WAV, and images.</p>
      <button type="button" class="button button-main" onClick={chooseFile} disabled={opening.value !== null}>
        <Icon name="folder" />
        Open file…
      </button>
      {openProblem.value && (
        <p class="inline-problem" role="alert">
          {openProblem.value}
        </p>
      )}
    </div>
  );
}
