/** Checks what a program gives to createCodecHost(): a misspelt limit would be no limit. */
import type { ClientLimits } from '../client/index.js';
import { argumentError } from '../protocol/errors.js';
import type { Credit, SessionLimits } from '../protocol/messages.js';
import type { CodecHostOptions } from './codec-host.js';
import type { RestartPolicy } from './supervisor.js';

type Check = (value: unknown, field: string) => void;
type Checks<Members> = Record<keyof Members, Check>;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Finite: options reach the host as JSON. */
function atLeast(least: number): Check {
  return (value, field) => {
    if (!Number.isFinite(value) || (value as number) < least) {
      throw argumentError(field, `a finite number, ${least} or more`, value);
    }
  };
}

const oneOf = (...names: string[]): Check => {
  return (value, field) => {
    if (!names.includes(value as string)) throw argumentError(field, `one of ${names.join(', ')}`, value);
  };
};

/** Absent members and undefined ones are the defaults. */
function members<Members>(checks: Checks<Members>): Check {
  return (value, field) => {
    if (!isObject(value)) throw argumentError(field, 'an object', value);
    for (const [name, member] of Object.entries(value)) {
      const check = (checks as Record<string, Check | undefined>)[name];
      const path = `${field}.${name}`;
      if (!check) throw argumentError(path, `absent: there are ${Object.keys(checks).join(', ')}`, member);
      if (member !== undefined) check(member, path);
    }
  };
}

const positive = atLeast(1);
const credit = members<Credit>({ count: positive, bytes: positive });
const sessionLimits: Checks<SessionLimits> = {
  workCredit: credit,
  outputCredit: credit,
  answerCredit: credit,
  codecs: positive,
  pictureBytes: positive,
  pictures: positive,
  dimension: positive,
  messagesPerSecond: positive,
};

/** Throws a TypeError that names the member and what came. */
export const checkHostOptions: (options: unknown, field: string) => void = members<CodecHostOptions>({
  runIn: oneOf('utility', 'child', 'inline'),
  frameSizeMismatch: oneOf('error', 'scale'),
  limits: members<SessionLimits & ClientLimits>({ ...sessionLimits, queueSize: positive, queueBytes: positive }),
  pageLimits: members<SessionLimits>(sessionLimits),
  restart: members<RestartPolicy>({ limit: positive, withinMs: atLeast(0), delayMs: atLeast(0) }),
});
