import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { assertNothingLeft, describeBothWays, type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { pause } from '../fixtures/event-loop.js';
import { type AnyCodec, type CodecMaker, fourCodecs } from '../fixtures/four-codecs.js';
import { chooseSeed, type Random, seededRandom } from '../fixtures/random.js';

const seed = chooseSeed();
const sequences = 120;
const callsPerSequence = 80;

let makers: readonly CodecMaker[] = [];
before(async () => {
  console.log(`random calls: TEST_SEED=${seed}`);
  makers = await fourCodecs();
});

/** What the specification says about the state of a codec, kept beside the codec itself. */
interface Model {
  state: 'unconfigured' | 'configured' | 'closed';
  /** An error is on its way: from here on the codec may close at any time. */
  doomed: boolean;
  codec: AnyCodec;
  errors: DOMException[];
  flushes: Promise<unknown>[];
  /** Calls of the output callback after the codec was closed. */
  late: number;
  /** What went wrong within the output callback, which calls the codec as well. */
  failures: unknown[];
  log: string[];
}

function newModel(maker: CodecMaker, webcodecs: WebCodecs, random: Random): Model {
  const errors: DOMException[] = [];
  const model: Omit<Model, 'codec'> & { codec?: AnyCodec } = {
    state: 'unconfigured',
    doomed: false,
    errors,
    flushes: [],
    late: 0,
    failures: [],
    log: [],
  };
  model.codec = maker.make(webcodecs, {
    output: () => {
      if (model.codec?.codec.state !== 'configured') model.late++;
      if (random.below(12) > 0) return;
      try {
        model.log.push('within a callback:');
        act(model as Model, random.below(20), random);
      } catch (error) {
        model.failures.push(error);
      }
    },
    error: (error) => errors.push(error),
  });
  return model as Model;
}

/** Makes the call; it has to throw exactly where the model's state says so. */
function call(model: Model, name: string, legal: boolean, body: () => void): void {
  model.log.push(name);
  // An error that arrived meanwhile has closed the codec.
  const failed = model.errors.length > 0;
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  if (failed) legal = false;
  if (!legal) {
    assert.ok(thrown instanceof DOMException, `${name} in state ${model.codec.codec.state} did not throw`);
    assert.equal(thrown.name, 'InvalidStateError');
  } else if (thrown !== undefined) {
    assert.ok(
      thrown instanceof DOMException && thrown.name === 'QuotaExceededError',
      `${name} threw ${String(thrown)}`,
    );
  }
}

/** One call of one method, or none. */
function act(model: Model, choice: number, random: Random): void {
  const { codec, state } = model;
  const open = state !== 'closed';
  switch (choice) {
    case 0:
    case 1:
      call(model, 'configure', open, () => codec.configure());
      if (open) model.state = 'configured';
      return;
    case 2:
      call(model, 'reset', open, () => codec.reset());
      if (open && model.errors.length === 0) {
        model.state = 'unconfigured';
        model.doomed = false;
      }
      return;
    case 3: {
      model.log.push('flush');
      const flushed = codec.flush();
      model.flushes.push(flushed.catch((reason: unknown) => assert.ok(reason instanceof DOMException, String(reason))));
      return;
    }
    case 4:
      if (random.below(6) === 0) {
        call(model, 'close', open, () => codec.close());
        model.state = 'closed';
      }
      return;
    case 5:
      if (random.below(4) === 0) {
        call(model, 'bad work', state === 'configured', () => codec.badWork());
        if (state === 'configured') model.doomed = true;
      }
      return;
    case 6:
      if (random.below(4) === 0) {
        call(model, 'unsupported configure', open, () => codec.configure('unsupported'));
        if (open) {
          model.state = 'configured';
          model.doomed = true;
        }
      }
      return;
    default:
      call(model, 'work', state === 'configured', () => codec.work());
  }
}

async function oneStep(model: Model, random: Random): Promise<void> {
  const choice = random.below(22);
  if (choice === 20) await pause(random.below(4));
  else if (choice === 21) await Promise.resolve();
  else act(model, choice, random);
  if (choice === 3 && random.below(3) === 0) await model.flushes.at(-1);
  assert.deepEqual(model.failures, []);
  const { codec } = model;
  const actual = codec.codec.state;
  if (model.errors.length > 0) {
    assert.ok(model.doomed, `an error without a cause: ${model.errors[0]?.message}`);
    assert.equal(actual, 'closed');
    model.state = 'closed';
  } else assert.equal(actual, model.state);
  if (actual !== 'configured') assert.equal(codec.queueSize(), 0);
}

async function endOf(model: Model): Promise<void> {
  if (model.codec.codec.state !== 'closed') model.codec.close();
  await Promise.all(model.flushes);
  assert.deepEqual(model.failures, []);
  assert.equal(model.late, 0, 'an output came to a codec that is not configured');
  assert.ok(model.errors.length <= 1);
}

describeBothWays('random calls on the four codecs', (runIn) => {
  it(`${sequences} sequences keep to the states, settle every promise and leave nothing behind`, () =>
    withHost(runIn, async (host) => {
      for (let sequence = 0; sequence < sequences; sequence++) {
        const random = seededRandom(seed + sequence);
        const models: Model[] = [];
        try {
          for (let step = 0; step < callsPerSequence; step++) {
            if (models.length < 6 && random.below(8) === 0)
              models.push(newModel(random.pick(makers), host.webcodecs, seededRandom(random.below(2 ** 31))));
            if (models.length === 0) continue;
            const model = random.pick(models);
            await oneStep(model, random);
            if (model.state === 'closed' && random.below(2) === 0) {
              await endOf(model);
              models.splice(models.indexOf(model), 1);
            }
          }
          for (const model of models) await endOf(model);
        } catch (error) {
          const calls = models.map((model) => model.log.join(', ')).join('\n');
          throw new Error(`sequence ${sequence}, TEST_SEED=${seed}; calls of the open codecs:\n${calls}`, {
            cause: error,
          });
        }
      }
      await assertNothingLeft(host);
    }));
});
