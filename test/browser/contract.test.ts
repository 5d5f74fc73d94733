import { testSituations } from '../fixtures/chromium.js';

testSituations('The classes in a page', 'contract.ts', 'inline');
