import { testSituations } from '../fixtures/chromium.js';

testSituations('Round trips in a page', 'round-trips.ts', 'inline');
