import { testSituations } from '../fixtures/chromium.js';

testSituations('Frames of the platform', 'frames-in.ts', 'inline');
