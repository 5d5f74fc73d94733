import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { estimate } from '../bench/estimate.js';

/** Standard normal values, always the same. */
function* normal(): Generator<number> {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  for (;;) yield Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe("the benchmark's estimate", () => {
  it('is the value where all are alike, without error', () => {
    const { mean, error } = estimate([0.5, 0.5, 0.5, 0.5]);
    assert.ok(Math.abs(mean - 0.5) < 1e-12 && error < 1e-12);
  });

  it('takes half and double as equally far away', () => {
    assert.ok(Math.abs(estimate([0.5, 2]).mean - 1) < 1e-12);
  });

  it("doesn't follow one turn in which the machine did something else", () => {
    const quiet = [0.97, 0.98, 0.99, 0.97, 0.98, 0.99, 0.97, 0.98, 0.99];
    const { mean } = estimate([...quiet, 0.1]);
    assert.ok(mean > 0.97 && mean < 0.99, `${mean}`);
  });

  it('has an error that says how far its mean is from the true one', () => {
    const source = normal();
    const runs = Array.from({ length: 2000 }, () =>
      estimate(Array.from({ length: 20 }, () => 0.97 * Math.exp(0.07 * (source.next().value ?? 0)))),
    );
    const within = (errors: number) =>
      runs.filter(({ mean, error }) => Math.abs(mean - 0.97) <= errors * error).length / runs.length;
    // Of a normal distribution 68 % and 95 %.
    assert.ok(Math.abs(within(1) - 0.68) < 0.06, `${within(1)}`);
    assert.ok(Math.abs(within(2) - 0.95) < 0.03, `${within(2)}`);
  });
});
