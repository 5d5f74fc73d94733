/** What the open file is. */
import { describeBytes, describeDuration, describeRate } from './format.js';
import { medium } from './session.js';

function Row({ name, value }: { name: string; value: string }) {
  return value === '' ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const layouts: Readonly<Record<number, string>> = { 1: 'mono', 2: 'stereo', 6: '5.1', 8: '7.1' };

export function Details() {
  const info = medium.value;
  if (!info) return null;
  const { video, audio } = info;
  return (
    <details class="details">
      <summary>
        <h2>File</h2>
        <span class="soft details-short">
          {[info.container, video && `${video.width}×${video.height}`, describeDuration(info.duration)]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </summary>
      <dl class="facts number">
        <Row name="Name" value={info.name} />
        <Row name="Container" value={info.container} />
        <Row name="Size" value={describeBytes(info.size)} />
        <Row name="Duration" value={describeDuration(info.duration)} />
        {video && (
          <>
            <Row name="Video" value={video.codecString ? `${video.codec} (${video.codecString})` : video.codec} />
            <Row
              name="Picture"
              value={`${video.width} × ${video.height}${video.rotation === 0 ? '' : `, turned by ${video.rotation}°`}`}
            />
            <Row name="Frame rate" value={video.fps === null ? 'varies' : describeRate(video.fps)} />
            <Row name="Colour" value={`${video.color}${video.highDynamicRange ? ', HDR' : ''}`} />
          </>
        )}
        {audio && (
          <>
            <Row name="Sound" value={audio.codecString ? `${audio.codec} (${audio.codecString})` : audio.codec} />
            <Row
              name="Sampling"
              value={`${audio.sampleRate / 1000} kHz, ${layouts[audio.channels] ?? `${audio.channels} channels`}`}
            />
          </>
        )}
      </dl>
      {info.warnings.map((warning) => (
        <p key={warning} class="inline-problem">
          {warning}
        </p>
      ))}
    </details>
  );
}
