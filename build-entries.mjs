/** Writes the entries of entries.mjs into package.json: `node build-entries.mjs`. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs';
import { packageExports, typesVersions } from './entries.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
manifest.exports = packageExports();
manifest.typesVersions = typesVersions();
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
