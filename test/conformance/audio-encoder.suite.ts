/** AudioEncoder: https://w3c.github.io/webcodecs/#audioencoder-interface */
import { addCodecClauses } from './codec-clauses.js';
import { Suite } from './harness.js';
import { kinds } from './kinds.js';

export const suite = new Suite('AudioEncoder');
addCodecClauses(kinds.audioEncoder, suite);
