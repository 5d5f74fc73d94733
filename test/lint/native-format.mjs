// Checks the layout of the C++ sources with clang-format; with --write, mends it.
import { spawnSync } from 'node:child_process';

const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.cc', '*.h'], {
  encoding: 'utf8',
});
const files = listed.stdout.split('\n').filter(Boolean);
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror'];
const formatted = spawnSync('clang-format', [...mode, ...files], { stdio: 'inherit' });
process.exitCode = formatted.status ?? 1;
