/** How loud it is: peak, its highest of late, and RMS, from −60 dBFS to 0. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { mix } from './recording.js';
import type { Level } from './sound-mix.js';

const floor = -60;
/** Milliseconds for which a peak stands. */
const hold = 1500;
/** Decibels a second by which bars fall. */
const fall = 30;
/** Milliseconds from one drawing of the figures to the next: digits that change faster can't be read. */
const figureInterval = 150;

const figures = signal('no sound');

const place = (decibels: number): number => Math.min(1, Math.max(0, 1 - decibels / floor));

function shown(decibels: number): string {
  return decibels < floor ? '−∞' : `${decibels < -0.05 ? '−' : ''}${Math.abs(decibels).toFixed(0)}`;
}

export function LevelMeter() {
  const peakBar = useRef<HTMLDivElement>(null);
  const rmsBar = useRef<HTMLDivElement>(null);
  const holdMark = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLMeterElement>(null);
  const sound = mix.value;
  useEffect(() => {
    let request = 0;
    let before = performance.now();
    let bars: Level = { peak: floor, rms: floor };
    let held = { peak: floor, until: 0 };
    let told = 0;
    const draw = (now: number): void => {
      request = requestAnimationFrame(draw);
      const level = sound?.track ? sound.level() : { peak: floor, rms: floor };
      const fallen = ((now - before) / 1000) * fall;
      before = now;
      bars = {
        peak: Math.max(level.peak, bars.peak - fallen, floor),
        rms: Math.max(level.rms, bars.rms - fallen, floor),
      };
      if (level.peak >= held.peak || now > held.until) held = { peak: level.peak, until: now + hold };
      setPlace(peakBar.current, bars.peak);
      setPlace(rmsBar.current, bars.rms);
      holdMark.current?.style.setProperty('--place', String(place(held.peak)));
      holdMark.current?.classList.toggle('meter-over', held.peak > -1);
      if (now - told < figureInterval) return;
      told = now;
      figures.value = sound?.track ? `${shown(held.peak)} peak · ${shown(bars.rms)} RMS dBFS` : 'no sound';
      if (meter.current) meter.current.value = Math.round(Math.max(floor, held.peak));
    };
    request = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(request);
  }, [sound]);
  return (
    <div class="meter-row">
      <meter ref={meter} class="unseen" aria-label="Sound level, dBFS" min={floor} max={0} value={floor} />
      <div class="meter" aria-hidden="true">
        <div ref={peakBar} class="meter-bar meter-peak" />
        <div ref={rmsBar} class="meter-bar meter-rms" />
        <div ref={holdMark} class="meter-hold" />
        <div class="meter-scale">
          {[-48, -36, -24, -12, -6].map((mark) => (
            <span key={mark} class={`meter-mark meter-mark${mark}`}>
              {mark}
            </span>
          ))}
        </div>
      </div>
      <output class="number soft meter-figures">{figures.value}</output>
    </div>
  );
}

function setPlace(bar: HTMLElement | null, decibels: number): void {
  bar?.style.setProperty('--place', String(place(decibels)));
}
