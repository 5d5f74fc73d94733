/** AudioDecoder: https://w3c.github.io/webcodecs/#audiodecoder-interface */
import { addCodecClauses } from './codec-clauses.js';
import { Suite } from './harness.js';
import { kinds } from './kinds.js';

export const suite = new Suite('AudioDecoder');
addCodecClauses(kinds.audioDecoder, suite);
