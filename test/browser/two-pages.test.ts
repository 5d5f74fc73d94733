import { test } from 'node:test';
import { bundle, chromiumMissing, runSituation, Surroundings } from '../fixtures/chromium.js';

test('two pages work at once, and one goes on when the other is closed', { skip: chromiumMissing }, async () => {
  const surroundings = await Surroundings.open();
  try {
    const script = await bundle('round-trips.ts');
    const [first, second] = [await surroundings.openPage(script), await surroundings.openPage(script)];
    await Promise.all([
      runSituation(first, 'VP9 comes back', 'inline'),
      runSituation(second, 'H.264 comes back', 'inline'),
      runSituation(first, 'Opus comes back', 'inline'),
      runSituation(second, 'AAC comes back', 'inline'),
    ]);
    const abandoned = runSituation(first, 'AV1 comes back', 'inline').catch(() => undefined);
    // Longer than the news of the other page's end takes.
    const going = ['HEVC', 'VP8', 'H.264', 'VP9'].reduce(
      (before, codec) => before.then(() => runSituation(second, `${codec} comes back`, 'inline')),
      Promise.resolve(),
    );
    await first.page.close();
    await going;
    await abandoned;
  } finally {
    await surroundings.close();
  }
});
