/** Work that stops now and then, so that others get their turn: it is done when all pieces are. */
export type PiecesOf<T> = Generator<undefined, T>;

/** Does all pieces at once. */
export function drain<T>(pieces: PiecesOf<T>): T {
  let result = pieces.next();
  while (!result.done) result = pieces.next();
  return result.value;
}
