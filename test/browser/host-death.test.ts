import { testSituations } from '../fixtures/chromium.js';

testSituations('The host goes', 'host-death.ts', 'child', {
  switches: ['--enable-blink-features=MessagePortCloseEvent'],
});
