/** A function that does its work once for the same arguments, where several tests compare with the same result. */
export function remembered<Args extends (string | number)[], Result>(
  work: (...args: Args) => Result,
): (...args: Args) => Result {
  const known = new Map<string, Result>();
  return (...args) => {
    const key = args.join();
    if (!known.has(key)) known.set(key, work(...args));
    return known.get(key) as Result;
  };
}
