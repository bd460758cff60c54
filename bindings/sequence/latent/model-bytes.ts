import { rangeError } from '../../errors.js';
import { type Engine, loadModel, type Sequential } from '../../index.js';
import type { JsonFields } from '../json-fields.js';

/** As many bytes as a call takes arguments without harm. */
const PIECE = 8192;

/** A model as base64, for JSON. */
export function modelToText(model: Sequential): string {
  const bytes = model.save();
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** @throws {TypeError | RangeError | Error} if the field is no such model */
export function modelFromFields(fields: JsonFields, who: string, engine: Engine | undefined): Sequential {
  const text = fields.text('model');
  let bytes: string;
  try {
    bytes = atob(text);
  } catch {
    throw rangeError(`${who}: model: got a string of ${text.length}, expected base64`);
  }
  return loadModel(
    Uint8Array.from(bytes, (character) => character.charCodeAt(0)),
    { engine },
  );
}
