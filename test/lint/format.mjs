// Mends the layout of all sources.
import { execFileSync } from 'node:child_process';

const biome = 'node_modules/@biomejs/biome/bin/biome';
execFileSync(process.execPath, [biome, 'check', '--write'], { stdio: 'inherit' });
execFileSync(process.execPath, ['test/lint/native-format.mjs', '--write'], { stdio: 'inherit' });
