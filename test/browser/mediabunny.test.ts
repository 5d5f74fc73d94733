import { testSituations } from '../fixtures/chromium.js';
import { mediaMissing } from '../fixtures/export-command.js';

testSituations('Mediabunny in a page', 'mediabunny.ts', 'child', { skip: mediaMissing });
