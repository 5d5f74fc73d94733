import { testSituations } from '../fixtures/chromium.js';
import { makeCroppedStream } from '../fixtures/cropped-stream.js';

testSituations('A stream that cuts off its pictures’ edges', 'visible-rect.ts', 'inline', {
  files: async () => {
    const { chunk, pixels } = await makeCroppedStream();
    return { '/cropped.h264': chunk, '/cropped.i420': pixels };
  },
});
