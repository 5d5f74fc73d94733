/** The Worker that owns the page's port to the codec host. */
import { connectCodecs } from 'electron-webcodecs/renderer';

addEventListener('message', async ({ data }: MessageEvent<MessagePort>) => {
  const codecs = await connectCodecs(data, { frames: 'remote' });
  const { supported } = await codecs.VideoEncoder.isConfigSupported({ codec: 'vp8', width: 640, height: 360 });
  postMessage(supported ? 'The codec host answers.' : 'The codec host has no VP8.');
});
