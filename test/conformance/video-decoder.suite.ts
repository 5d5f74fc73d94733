/** VideoDecoder: https://w3c.github.io/webcodecs/#videodecoder-interface */
import { addCodecClauses } from './codec-clauses.js';
import { Suite } from './harness.js';
import { kinds } from './kinds.js';

export const suite = new Suite('VideoDecoder');
addCodecClauses(kinds.videoDecoder, suite);
