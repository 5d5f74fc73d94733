import { testSituations } from '../fixtures/chromium.js';

testSituations('Pictures that stay in the host', 'remote.ts', 'child');
