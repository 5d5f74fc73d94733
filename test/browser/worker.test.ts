import { testSituations } from '../fixtures/chromium.js';

testSituations('Workers', 'worker.ts', 'inline', { worker: 'worker-side.ts' });
