/** Format, size, rate. What this machine can't do is there, with the reason. */
import { type PresetId, presets, type QualityLevel } from '../presets.js';
import { describeBitrate } from './format.js';
import { medium } from './session.js';
import {
  audioBitrate,
  chosenAudioBitrate,
  chosenPreset,
  customSize,
  frameRate,
  objection,
  preset,
  presetId,
  quality,
  rateKind,
  type SizeChoice,
  setCustomSize,
  sizeChoice,
  sizeWithLines,
  support,
  videoBitrate,
} from './settings.js';

const levels: readonly { level: QualityLevel; label: string; meaning: string }[] = [
  { level: 'small', label: 'Small', meaning: 'visibly softer' },
  { level: 'medium', label: 'Medium', meaning: 'good on small screens' },
  { level: 'high', label: 'High', meaning: 'differences are hard to see' },
  { level: 'best', label: 'Best', meaning: 'as good as the source to the eye' },
];

const lineChoices = ['2160', '1440', '1080', '720', '480'] as const;
const frameRates = [60, 50, 30, 25, 24, 15];

function PresetChoice() {
  const group = (title: string, withVideo: boolean) => (
    <optgroup label={title}>
      {presets
        .filter(({ video }) => (video !== null) === withVideo)
        .map(({ id, label }) => {
          const reason = support.value?.[id] ?? null;
          return (
            <option key={id} value={id} disabled={reason !== null} title={reason ?? undefined}>
              {reason === null ? label : `${label} (not here)`}
            </option>
          );
        })}
    </optgroup>
  );
  return (
    <div class="field">
      <label for="preset">Format</label>
      <select
        id="preset"
        value={presetId.value}
        onChange={(event) => {
          chosenPreset.value = event.currentTarget.value as PresetId;
        }}
      >
        {group('Video', true)}
        {group('Sound only', false)}
      </select>
      {objection.value ? <p class="inline-problem">{objection.value}</p> : <small>{preset.value.purpose}.</small>}
    </div>
  );
}

function SizeChoiceField() {
  const source = medium.value?.video;
  return (
    <div class="field">
      <label for="size">Size</label>
      <select
        id="size"
        value={sizeChoice.value}
        onChange={(event) => {
          sizeChoice.value = event.currentTarget.value as SizeChoice;
        }}
      >
        <option value="original">Original{source ? ` (${source.width}×${source.height})` : ''}</option>
        {lineChoices.map((lines) => {
          const { width, height } = source ? sizeWithLines(source, Number(lines)) : { width: 0, height: 0 };
          return (
            <option key={lines} value={lines}>
              {lines}p{source ? ` (${width}×${height})` : ''}
            </option>
          );
        })}
        <option value="custom">Custom</option>
      </select>
      {sizeChoice.value === 'custom' && (
        <div class="fields-two">
          {(['width', 'height'] as const).map((side) => (
            <input
              key={side}
              type="number"
              min={2}
              step={2}
              aria-label={side === 'width' ? 'Width in pixels' : 'Height in pixels'}
              value={customSize.value[side]}
              onChange={(event) => setCustomSize({ [side]: event.currentTarget.valueAsNumber })}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function FrameRateField() {
  return (
    <div class="field">
      <label for="fps">Frame rate</label>
      <select
        id="fps"
        value={frameRate.value ?? 'original'}
        onChange={(event) => {
          const { value } = event.currentTarget;
          frameRate.value = value === 'original' ? null : Number(value);
        }}
      >
        <option value="original">Original</option>
        {frameRates.map((fps) => (
          <option key={fps} value={fps}>
            {fps} fps
          </option>
        ))}
      </select>
    </div>
  );
}

function RateFields() {
  const { quantizers } = preset.value;
  if (!quantizers) return <p class="hint">ProRes has one quality: about 220 Mbit/s at 1080p with 30 fps.</p>;
  const meaning = levels.find(({ level }) => level === quality.value)?.meaning;
  return (
    <>
      <fieldset class="segments" aria-label="What sets the picture’s quality">
        {(['quality', 'bitrate'] as const).map((kind) => (
          <label key={kind}>
            <input
              type="radio"
              name="rate-kind"
              checked={rateKind.value === kind}
              onChange={() => {
                rateKind.value = kind;
              }}
            />
            {kind === 'quality' ? 'Quality' : 'Bitrate'}
          </label>
        ))}
      </fieldset>
      {rateKind.value === 'quality' ? (
        <div class="field">
          <fieldset class="segments" aria-label="Quality">
            {levels.map(({ level, label }) => (
              <label key={level}>
                <input
                  type="radio"
                  name="quality"
                  checked={quality.value === level}
                  onChange={() => {
                    quality.value = level;
                  }}
                />
                {label}
              </label>
            ))}
          </fieldset>
          <small>
            {levels.find(({ level }) => level === quality.value)?.label}: {meaning}. Quantizer{' '}
            {quantizers[quality.value]} of {quantizers.worst}; lower is better, the size follows the material.
          </small>
        </div>
      ) : (
        <div class="field">
          <label for="video-bitrate">Video, Mbit/s</label>
          <input
            id="video-bitrate"
            type="number"
            min={0.1}
            step={0.5}
            value={videoBitrate.value / 1e6}
            onChange={(event) => {
              const megabits = event.currentTarget.valueAsNumber;
              if (megabits > 0) videoBitrate.value = Math.round(megabits * 1e6);
            }}
          />
          <small>The file’s size is known beforehand; the quality follows the material.</small>
        </div>
      )}
    </>
  );
}

function AudioField() {
  const rates = preset.value.audioBitrates;
  if (!rates) {
    return (
      <div class="field">
        <span class="label">Sound</span>
        <small>kept without loss</small>
      </div>
    );
  }
  return (
    <div class="field">
      <label for="audio-bitrate">Sound</label>
      <select
        id="audio-bitrate"
        value={chosenAudioBitrate.value ?? ''}
        onChange={(event) => {
          audioBitrate.value = Number(event.currentTarget.value);
        }}
      >
        {rates.map((rate) => (
          <option key={rate} value={rate}>
            {describeBitrate(rate)}
          </option>
        ))}
      </select>
    </div>
  );
}

export function SettingsPanel() {
  const info = medium.value;
  const hasVideo = preset.value.video !== null;
  if (info?.isImage) return <p class="hint">A picture can be looked at here; an export takes a video or sound.</p>;
  return (
    <section class="fields" aria-label="Export settings">
      <PresetChoice />
      {hasVideo && <SizeChoiceField />}
      {hasVideo && <RateFields />}
      <div class="fields-two">
        {hasVideo && <FrameRateField />}
        {info?.audio !== null && <AudioField />}
      </div>
    </section>
  );
}
