/** Everything that is chosen before a recording. */
import type { ComponentChildren } from 'preact';
import type { CaptureSource } from '../../../app/protocol/studio.js';
import type { RecordingFormat } from '../engine/recording/messages.js';
import { Icon } from '../shell/icon.js';
import { bitrates, choices, formatNames, heights, rates, settings, sourceSize } from './choices.js';
import {
  captureSources,
  change,
  chooseDisplay,
  close,
  devices,
  displayId,
  listDisplays,
  live,
  progress,
} from './recording.js';
import type { SourceKind } from './sources.js';

const kinds: readonly { kind: SourceKind; label: string }[] = [
  { kind: 'display', label: 'Screen' },
  { kind: 'camera', label: 'Camera' },
  { kind: 'test', label: 'Test' },
];

function Choice({ id, label, children }: { id: string; label: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
    </div>
  );
}

/** A select of numbers with a first entry that means null. */
function NumberSelect(props: {
  id: string;
  value: number | null;
  none: string | null;
  options: readonly { value: number; label: string }[];
  choose: (value: number | null) => void;
}) {
  const { id, value, none, options, choose } = props;
  return (
    <select
      id={id}
      value={String(value ?? '')}
      onChange={({ currentTarget }) => choose(currentTarget.value === '' ? null : Number(currentTarget.value))}
    >
      {none !== null && <option value="">{none}</option>}
      {options.map((option) => (
        <option key={option.value} value={String(option.value)}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

function DeviceSelect(props: {
  id: string;
  label: string;
  none: string;
  value: string | null;
  devices: readonly MediaDeviceInfo[];
  choose: (id: string | null) => void;
}) {
  const { id, label: name, none, value, devices: found, choose } = props;
  return (
    <Choice id={id} label={name}>
      <select
        id={id}
        value={value ?? ''}
        onChange={({ currentTarget }) => choose(currentTarget.value === '' ? null : currentTarget.value)}
      >
        <option value="">{none}</option>
        {found
          .filter(({ deviceId }) => deviceId !== '')
          .map(({ deviceId, label }, index) => (
            <option key={deviceId} value={deviceId}>
              {label || `Device ${index + 1}`}
            </option>
          ))}
      </select>
    </Choice>
  );
}

function Thumbnail({ source }: { source: CaptureSource }) {
  return (
    <button
      type="button"
      class="display-card"
      aria-pressed={displayId.value === source.id}
      onClick={() => void chooseDisplay(source.id)}
    >
      {source.thumbnail ? <img src={source.thumbnail} alt="" /> : <span class="display-blank" />}
      <span class="display-name">{source.name}</span>
    </button>
  );
}

/** Screens and windows with pictures of them. */
export function DisplayPicker() {
  const all = captureSources.value ?? [];
  const groups = [
    { title: 'Screens', sources: all.filter(({ kind }) => kind === 'screen') },
    { title: 'Windows', sources: all.filter(({ kind }) => kind === 'window') },
  ];
  return (
    <div class="display-picker">
      <header>
        <h2>What shall be recorded?</h2>
        <button type="button" class="button button-small" onClick={() => void listDisplays()}>
          <Icon name="reset" />
          Look again
        </button>
      </header>
      {all.length === 0 && <p class="soft">The system lists no screens or windows.</p>}
      {groups
        .filter(({ sources }) => sources.length > 0)
        .map(({ title, sources }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <div class="display-cards">
              {sources.map((source) => (
                <Thumbnail key={source.id} source={source} />
              ))}
            </div>
          </section>
        ))}
    </div>
  );
}

function SourceChoices() {
  const { kind, cameraId } = choices.value;
  const name = captureSources.value?.find(({ id }) => id === displayId.value)?.name;
  return (
    <section class="fields" aria-label="Source">
      <h3>Picture</h3>
      <div class="segments" role="radiogroup" aria-label="Kind of source">
        {kinds.map(({ kind: value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name="source-kind"
              value={value}
              checked={kind === value}
              onChange={() => void change({ kind: value })}
            />
            {label}
          </label>
        ))}
      </div>
      {kind === 'display' && (
        <div class="setup-line">
          <span class="setup-name">{live.value ? (name ?? 'Chosen') : 'Nothing chosen yet'}</span>
          {live.value && (
            <button
              type="button"
              class="button button-small"
              onClick={() => {
                close();
                void change({ kind: 'display' });
              }}
            >
              Another…
            </button>
          )}
        </div>
      )}
      {kind === 'camera' && (
        <DeviceSelect
          id="record-camera"
          label="Camera"
          none="The system’s choice"
          value={cameraId}
          devices={devices.value.cameras}
          choose={(id) => void change({ cameraId: id })}
        />
      )}
      {kind === 'test' && <p class="hint">A clock, a frame counter, and a beep with a flash each second.</p>}
    </section>
  );
}

function SoundChoices() {
  const { kind, microphoneId, cleansVoice, systemSound } = choices.value;
  return (
    <section class="fields" aria-label="Sound">
      <h3>Sound</h3>
      <DeviceSelect
        id="record-microphone"
        label="Microphone"
        none="None"
        value={microphoneId}
        devices={devices.value.microphones}
        choose={(id) => void change({ microphoneId: id })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={cleansVoice}
          disabled={microphoneId === null}
          onChange={({ currentTarget }) => void change({ cleansVoice: currentTarget.checked })}
        />
        Less noise and echo
      </label>
      {kind === 'display' && (
        <label class="check">
          <input
            type="checkbox"
            checked={systemSound}
            onChange={({ currentTarget }) => void change({ systemSound: currentTarget.checked })}
          />
          Sound of the system, where it gives it
        </label>
      )}
    </section>
  );
}

function FileChoices() {
  const { format, height, fps, megabits, kind } = choices.value;
  const wanted = settings.value;
  const source = sourceSize.value;
  const none = kind === 'test' ? '720p' : source ? `Source (${source.width}×${source.height})` : 'Source';
  const automatic = wanted && megabits === null ? `Automatic (${(wanted.videoBitrate / 1e6).toFixed(1)} Mb/s)` : null;
  return (
    <section class="fields" aria-label="File">
      <h3>File</h3>
      <Choice id="record-format" label="Format">
        <select
          id="record-format"
          value={format}
          onChange={({ currentTarget }) => void change({ format: currentTarget.value as RecordingFormat })}
        >
          {Object.entries(formatNames).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </Choice>
      <div class="fields-two">
        <Choice id="record-height" label="Size">
          <NumberSelect
            id="record-height"
            value={height}
            none={none}
            options={heights.map((value) => ({ value, label: `${value}p` }))}
            choose={(value) => void change({ height: value })}
          />
        </Choice>
        <Choice id="record-rate" label="Frames/s, at most">
          <NumberSelect
            id="record-rate"
            value={fps}
            none={null}
            options={rates.map((value) => ({ value, label: String(value) }))}
            choose={(value) => void change({ fps: value ?? fps })}
          />
        </Choice>
      </div>
      <Choice id="record-bitrate" label="Bitrate">
        <NumberSelect
          id="record-bitrate"
          value={megabits}
          none={automatic ?? 'Automatic'}
          options={bitrates.map((value) => ({ value, label: `${value} Mb/s` }))}
          choose={(value) => void change({ megabits: value })}
        />
      </Choice>
      <p class="hint number">
        {wanted
          ? `${wanted.width}×${wanted.height}, about ${(((wanted.videoBitrate + wanted.audioBitrate) * 60) / 8e6).toFixed(0)} MB a minute`
          : 'Choose a source.'}
      </p>
    </section>
  );
}

export function Setup() {
  return (
    <aside class="record-setup" aria-label="Settings">
      <fieldset disabled={progress.value !== null}>
        <SourceChoices />
        <SoundChoices />
        <FileChoices />
      </fieldset>
      <p class="hint record-promise">
        The file can be played at every moment: should this app or the machine stop, it is good up to the last second.
      </p>
    </aside>
  );
}
