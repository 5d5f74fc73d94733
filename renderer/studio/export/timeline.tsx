/** Thumbnails and waveform, the playhead, and what an export takes. */
import { useEffect, useRef } from 'preact/hooks';
import { theme } from '../shell/theme.js';
import { engine, hostProblem } from '../studio.js';
import { timecode } from './format.js';
import { frameDuration, medium, position, seek, setTrim, trim } from './session.js';
import { useSize } from './use-size.js';

/** CSS pixels. */
const thumbnailHeight = 44;
const waveHeight = 36;

/** The share of the timeline that a time is at, in percent. */
function place(time: number): string {
  const duration = medium.value?.duration ?? 0;
  return `${duration > 0 ? Math.min(100, (time / duration) * 100) : 0}%`;
}

function useStrips(width: number): void {
  const info = medium.value;
  const isHostUp = hostProblem.value === null;
  const colors = theme.value;
  useEffect(() => {
    if (!info || width < 1 || !isHostUp) return undefined;
    const stop = new AbortController();
    // A window being resized asks many times.
    const timer = setTimeout(() => {
      const color = getComputedStyle(document.documentElement).getPropertyValue('--wave').trim();
      const [deviceWidth = 0, height = 0, wave = 0] = [width, thumbnailHeight, waveHeight].map((length) =>
        Math.round(length * devicePixelRatio),
      );
      engine
        .call({ method: 'strips', width: deviceWidth, height, waveHeight: wave, color }, { signal: stop.signal })
        // The timeline works without; what is wrong with the file is told where it is played and exported.
        .catch(() => undefined);
    }, 60);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [info, width, isHostUp, colors]);
}

function TrimHandle({ edge }: { edge: 'start' | 'end' }) {
  const duration = medium.value?.duration ?? 0;
  const time = trim.value[edge];
  const track = useRef<HTMLDivElement>(null);
  const move = (next: number): void => {
    setTrim({ [edge]: next });
    // What the handle is at is what one wants to see; the end is the first picture that is left out.
    void seek(edge === 'start' ? trim.value.start : trim.value.end - frameDuration.value);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const far = event.shiftKey ? 1 : frameDuration.value;
    const next = { ArrowLeft: time - far, ArrowRight: time + far, Home: 0, End: duration }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    move(next);
  };
  const onPointerDown = (event: PointerEvent): void => {
    event.stopPropagation();
    track.current?.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const bounds = track.current?.parentElement?.getBoundingClientRect();
    if (!bounds || !track.current?.hasPointerCapture(event.pointerId)) return;
    const wanted = ((event.clientX - bounds.left) / bounds.width) * duration;
    // On the border between two pictures.
    move(Math.round(wanted / frameDuration.value) * frameDuration.value);
  };
  return (
    <div
      ref={track}
      class={`trim-handle trim-${edge}`}
      role="slider"
      tabIndex={medium.value ? 0 : -1}
      aria-label={edge === 'start' ? 'Start of the export' : 'End of the export'}
      aria-valuemin={0}
      aria-valuemax={Number(duration.toFixed(3))}
      aria-valuenow={Number(time.toFixed(3))}
      aria-valuetext={timecode(time, medium.value?.video?.fps ?? null)}
      style={{ left: place(time) }}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
    />
  );
}

export function Timeline() {
  const track = useRef<HTMLDivElement>(null);
  const thumbnails = useRef<HTMLCanvasElement>(null);
  const wave = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(track);
  useEffect(() => {
    if (thumbnails.current) engine.giveCanvas('thumbnails', thumbnails.current);
    if (wave.current) engine.giveCanvas('waveform', wave.current);
  }, []);
  useStrips(width);
  const info = medium.value;
  const scrub = (event: PointerEvent): void => {
    const bounds = track.current?.getBoundingClientRect();
    if (bounds && info) void seek(((event.clientX - bounds.left) / bounds.width) * info.duration);
  };
  return (
    <section class="timeline" aria-label="Timeline" hidden={!info}>
      <div
        ref={track}
        class="timeline-track"
        onPointerDown={(event) => {
          track.current?.setPointerCapture(event.pointerId);
          scrub(event);
        }}
        onPointerMove={(event) => {
          if (track.current?.hasPointerCapture(event.pointerId)) scrub(event);
        }}
      >
        <canvas ref={thumbnails} class="timeline-thumbnails" hidden={!info?.video} />
        <canvas ref={wave} class="timeline-wave" hidden={!info?.audio} />
        <div class="timeline-left-out" style={{ left: 0, width: place(trim.value.start) }} />
        <div class="timeline-left-out" style={{ left: place(trim.value.end), right: 0 }} />
        <div class="playhead" style={{ left: place(position.value) }} />
        <TrimHandle edge="start" />
        <TrimHandle edge="end" />
      </div>
    </section>
  );
}
