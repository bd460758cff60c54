import { createRequire } from 'node:module';
import { join } from 'node:path';
import { nearest } from '../../nearest.js';
import { CliError } from '../cli-error.js';

/** The models that npm's @ricky0123/vad-web carries. */
const VERSIONS: readonly string[] = ['v6', 'v5', 'legacy'];

const PACKAGE = '@ricky0123/vad-web';

/** What is used when nothing is said. */
export const DEFAULT_VERSION = VERSIONS[0];

/**
 * Finds a Silero model.
 *
 * @param given a version, to be looked up in an installed vad-web, or the path of a file
 * @throws {CliError} if a version is asked for and the package is not installed
 */
export function sileroFile(given: string = DEFAULT_VERSION): string {
  if (!VERSIONS.includes(given)) return assertPath(given);
  // Where the user stands first, then where this program is installed.
  for (const place of [join(process.cwd(), 'from-here.js'), import.meta.url]) {
    try {
      return createRequire(place).resolve(`${PACKAGE}/dist/silero_vad_${given}.onnx`);
    } catch {}
  }
  const install = `npm install ${PACKAGE}`;
  throw new CliError(`the Silero ${given} model is not here; run "${install}", or name a silero_vad.onnx with --model`);
}

/** A word that is almost a version is hardly the name of a file. */
function assertPath(given: string): string {
  const meant = /[./\\]/.test(given) ? undefined : nearest(given, VERSIONS);
  if (meant === undefined) return given;
  throw new CliError(
    `--model: got ${JSON.stringify(given)}, expected ${VERSIONS.join(', ')} or a file; did you mean ${meant}?`,
  );
}
