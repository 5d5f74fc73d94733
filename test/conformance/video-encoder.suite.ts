/** VideoEncoder: https://w3c.github.io/webcodecs/#videoencoder-interface */
import { addCodecClauses } from './codec-clauses.js';
import { Suite } from './harness.js';
import { kinds } from './kinds.js';

export const suite = new Suite('VideoEncoder');
addCodecClauses(kinds.videoEncoder, suite);
