import { testSituations } from '../fixtures/chromium.js';
import { mediaMissing } from '../fixtures/export-command.js';

testSituations('A file in a <video>', 'video-file.ts', 'inline', { skip: mediaMissing });
