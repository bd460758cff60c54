import { describe, expect, test } from 'vitest';
import { HiddenstateError } from '../../bindings/errors.js';
import { readSafetensors } from '../../bindings/weights/safetensors.js';

/** A file to refuse, the exact kind of the error, and how its message goes on after `readSafetensors: `. */
export type Case = [what: string, file: Uint8Array, kind: typeof Error, message: string];

// A hostile file must fail at once: each takes a few milliseconds, on a busy machine with cold code too.
const TIMEOUT = 500;

/** Declares one test a case. */
export function refuses(title: string, cases: Case[]): void {
  describe(`refuses a hostile file: ${title}`, () => {
    test.each(cases)('%s', { timeout: TIMEOUT }, (_what, file, kind, message) => {
      let error: unknown;
      try {
        readSafetensors(file);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).constructor).toBe(kind === Error ? HiddenstateError : kind);
      const text = (error as Error).message;
      expect(text.slice(0, message.length + 17)).toBe(`readSafetensors: ${message}`);
      expect(text.length).toBeLessThan(400);
    });
  });
}
