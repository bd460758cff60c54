/** What the core exports as a value can be used as one. */
import { expect, it } from 'vitest';
import * as library from '../../bindings/index.js';

// @ts-expect-error: Module is exported as a type, so that tsc refuses a subclass that could not work.
export const make = () => class Own extends library.Module {};

it('has no Module to extend', () => {
  expect(library).not.toHaveProperty('Module');
});
