/** Learning rates against those of torch.optim.lr_scheduler. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cosineAnnealingLR,
  exponentialLR,
  linearLR,
  oneCycleLR,
  sequentialLR,
  stepLR,
} from '../../bindings/train/schedules/closed-form.js';
import { reduceLROnPlateau } from '../../bindings/train/schedules/reduce-on-plateau.js';
import type { Schedule } from '../../bindings/train/schedules/schedule.js';

const SCHEDULES = { stepLR, exponentialLR, cosineAnnealingLR, linearLR, oneCycleLR, reduceLROnPlateau } as const;

interface Case {
  readonly name: keyof typeof SCHEDULES;
  readonly options: object;
  readonly losses?: number[];
  readonly rates: number[];
}

const golden = JSON.parse(readFileSync(new URL('golden/schedules.json', import.meta.url), 'utf8')) as {
  base: number;
  cases: Case[];
};

function make({ name, options }: Case): Schedule {
  return (SCHEDULES[name] as (options: object) => Schedule)(options);
}

it.each(golden.cases.map((each) => [each.name, each.options, each] as const))('%s %o as PyTorch', (_, __, each) => {
  const schedule = make(each);
  each.rates.forEach((expected, count) => {
    expect(Math.abs(schedule.rate(golden.base, count) - expected)).toBeLessThan(1e-12);
    if (each.losses) schedule.observe?.(each.losses[count]);
  });
});

it('reduceLROnPlateau goes on from its state as if it had never stopped', () => {
  const each = golden.cases.findLast(({ name }) => name === 'reduceLROnPlateau') as Case;
  let schedule = make(each);
  each.rates.forEach((expected, count) => {
    const next = make(each);
    next.state = JSON.parse(JSON.stringify(schedule.state));
    schedule = next;
    expect(schedule.rate(golden.base, count)).toBeCloseTo(expected, 12);
    schedule.observe?.((each.losses as number[])[count]);
  });
});

it('sequentialLR begins each schedule at its own beginning', () => {
  const warm = sequentialLR([linearLR({ startFactor: 0.5, totalIters: 2 }), cosineAnnealingLR({ tMax: 4 })], [2]);
  expect([0, 1, 2, 4, 6].map((count) => warm.rate(1, count))).toEqual([0.5, 0.75, 1, expect.closeTo(0.5), 0]);
});

describe('schedules refuse', () => {
  const cases: [string, () => unknown, string][] = [
    ['a step size of 0', () => stepLR({ stepSize: 0 }), 'stepLR: stepSize: got 0, expected an integer from 1'],
    ['a negative gamma', () => exponentialLR({ gamma: -1 }), 'gamma: got -1, expected a finite number above 0'],
    [
      'another clock',
      () => stepLR({ stepSize: 1, each: 'day' as 'step' }),
      "each: got \"day\", expected 'step' or 'epoch'",
    ],
    ['a factor above 1', () => linearLR({ startFactor: 2 }), 'startFactor: got 2, expected a number from'],
    ['no total', () => oneCycleLR({ maxLR: 1 } as never), 'totalSteps: got undefined, expected an integer from 2'],
    [
      'another curve',
      () => oneCycleLR({ maxLR: 1, totalSteps: 5, annealStrategy: 'exp' as 'cos' }),
      "expected 'cos' or",
    ],
    ['a factor of 1', () => reduceLROnPlateau({ factor: 1 }), 'factor: got 1, expected a number from'],
    [
      'an unknown option',
      () => reduceLROnPlateau({ mode: 'max' } as object),
      'got option "mode", expected only factor',
    ],
    ['clocks that differ', () => sequentialLR([stepLR({ stepSize: 1 }), linearLR()], [1]), 'expected all alike'],
    ['milestones that fall', () => sequentialLR([linearLR(), linearLR(), linearLR()], [2, 1]), 'expected 2, rising'],
  ];

  it.each(cases)('%s', (_, work, message) => expect(work).toThrow(message));
});
