// Checks that imports run only the way the design lets them, and that napi.h stays out of the native core.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What each room may import besides itself: other rooms, npm packages, and Node's own modules.
 * @type {Record<string, { rooms: string[], packages: string[], node: boolean }>}
 */
const rules = {
  'app/protocol': { rooms: [], packages: [], node: false },
  'app/client': { rooms: ['app/protocol'], packages: [], node: false },
  'app/host': { rooms: ['app/protocol', 'native'], packages: [], node: true },
  // The Studio uses the library; nothing in the library knows of it.
  'app/main/app.ts': { rooms: ['app/main/studio', 'app/protocol'], packages: ['electron'], node: true },
  'app/main/studio': { rooms: ['app/main', 'app/protocol'], packages: ['electron'], node: true },
  'app/main': {
    rooms: ['app/protocol', 'app/client', 'app/host'],
    packages: ['electron'],
    node: true,
  },
  'app/mediabunny': { rooms: ['app/client'], packages: ['mediabunny'], node: false },
  'app/export': { rooms: ['app/client', 'app/protocol'], packages: ['electron-webcodecs', 'mediabunny'], node: false },
  'app/cli': {
    rooms: ['app/main', 'app/mediabunny', 'app/export'],
    packages: ['mediabunny', 'commander', 'cli-progress', 'fast-png'],
    node: true,
  },
  native: { rooms: [], packages: [], node: true },
  preload: { rooms: ['app/protocol'], packages: ['electron', 'electron-webcodecs'], node: false },
  // As an integrator's page: the library by its name.
  'renderer/studio': {
    rooms: ['app/export', 'app/protocol'],
    packages: ['electron-webcodecs', 'preact', '@preact/signals', 'mediabunny'],
    node: false,
  },
  renderer: { rooms: ['app/client', 'app/protocol'], packages: [], node: false },
};

const importPattern =
  /(?:^|[\s;}])(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

/**
 * The first that fits, so that a room within a room comes first.
 * @param {string} file relative to the root
 */
const roomOf = (file) => Object.keys(rules).find((room) => file === room || file.startsWith(`${room}/`));

/**
 * @param {string} root
 * @param {string} folder
 * @param {RegExp} name
 */
function filesUnder(root, folder, name) {
  const top = path.join(root, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter((entry) => name.test(entry) && !entry.includes('node_modules') && !entry.startsWith('build/'))
    .map((entry) => path.join(folder, entry));
}

/**
 * Why this import is not allowed, or nothing.
 * @param {string} file
 * @param {string} room
 * @param {string} specifier
 */
function objectionTo(file, room, specifier) {
  const rule = rules[room];
  if (!rule) return undefined;
  if (specifier.startsWith('node:')) {
    return rule.node ? undefined : 'runs in pages too, so it imports nothing of Node';
  }
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const targetRoom = roomOf(target);
    if (targetRoom === room || (targetRoom && rule.rooms.includes(targetRoom))) return undefined;
    return `imports only ${rule.rooms.join(', ') || 'nothing from outside'}`;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (rule.packages.includes(name)) return undefined;
  return `uses only these npm packages: ${rule.packages.join(', ') || 'none'}`;
}

/**
 * @param {string} root
 * @returns {string[]} one sentence per violation
 */
export function findLayerViolations(root) {
  const violations = [];
  for (const folder of new Set(Object.keys(rules).map((room) => room.split('/')[0] ?? ''))) {
    for (const file of filesUnder(root, folder, /\.tsx?$/)) {
      const room = roomOf(file);
      if (!room) continue;
      const text = readFileSync(path.join(root, file), 'utf8');
      for (const match of text.matchAll(importPattern)) {
        const specifier = match[1] ?? match[2] ?? '';
        const objection = objectionTo(file, room, specifier);
        if (objection) violations.push(`${file}: imports ${specifier}, but ${room} ${objection}`);
      }
    }
  }
  for (const file of filesUnder(root, 'native/src/core', /\.(cc|h)$/)) {
    const text = readFileSync(path.join(root, file), 'utf8');
    if (/#include\s*[<"](napi|node_api|js_native_api)/.test(text)) {
      violations.push(`${file}: includes Node-API, but native/src/core builds without it`);
    }
  }
  return violations;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = findLayerViolations(process.argv[2] ?? process.cwd());
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
