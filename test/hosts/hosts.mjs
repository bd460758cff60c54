/** The hosts: what is installed beside the library, the files of the project, the commands, the last of which prints the answer. */

const PRINT = `import { answer } from './program.js';
import { parallelAnswer } from './parallel.js';
console.log(await answer(), 'parallel:', await parallelAnswer());
`;

const PAGE = `import { answer } from './program.js';
import { parallelAnswer } from './parallel.js';
const shown = Promise.all([answer(), parallelAnswer()]);
shown.then(
  ([numbers, parallel]) => { document.title = \`done \${numbers} parallel: \${parallel}\`; },
  (error) => { document.title = \`done \${error.stack}\`; },
);
`;

const html = (script) => `<!doctype html><title>…</title><script type="module" src="${script}"></script>`;

const TEST = `import { answer } from './program.js';
import { parallelAnswer } from './parallel.js';
test('answers', async () => {
  expect(await parallelAnswer()).toBe(true);
  process.stdout.write((await answer()) + '\\n');
});
`;

const jest = (version, environment) => ({
  packages: [`jest@${version}`, ...(environment === 'jsdom' ? [`jest-environment-jsdom@${version}`] : [])],
  files: { 'answer.test.js': TEST },
  manifest: { jest: { testEnvironment: environment, transform: {} } },
  // The one line that Jest asks of every ES module.
  env: { NODE_OPTIONS: '--experimental-vm-modules' },
  commands: [['npx', 'jest']],
});

const WORKER = `import core from 'hiddenstate/kernels.simd.wasm';
import graph from 'hiddenstate/graph.simd.wasm';
import { answer } from './program.js';
export default { fetch: async () => new Response(await answer({ core, graph })) };
`;

const miniflare = (date) => ({
  packages: ['miniflare@4', 'esbuild'],
  files: {
    'worker.js': WORKER,
    'start.js': `import { build } from 'esbuild';
import { copyFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';
for (const name of ['kernels', 'graph']) copyFileSync(\`node_modules/hiddenstate/dist/\${name}.simd.wasm\`, \`\${name}.wasm\`);
const names = { name: 'names', setup: (build) => build.onResolve({ filter: /\\.wasm$/ }, ({ path }) => ({
  path: \`./\${/(\\w+)\\.simd/.exec(path)[1]}.wasm\`, external: true,
})) };
await build({ entryPoints: ['worker.js'], bundle: true, format: 'esm', outfile: 'out.js', plugins: [names] });
const modules = [
  { type: 'ESModule', path: 'out.js' },
  { type: 'CompiledWasm', path: 'kernels.wasm' },
  { type: 'CompiledWasm', path: 'graph.wasm' },
];
const worker = new Miniflare({ modules, compatibilityDate: '${date}' });
console.log(await (await worker.dispatchFetch('http://x/')).text());
await worker.dispose();
`,
  },
  commands: [['node', 'start.js']],
});

const CHECK = `import { createEngine, LSTM, softmax, writeSafetensors } from 'hiddenstate';
import { loadOnnx } from 'hiddenstate/onnx';
import { loadKeras } from 'hiddenstate/keras';
import { openPool } from 'hiddenstate/parallel';
import { fit } from 'hiddenstate/train';
import { InferenceSession } from 'hiddenstate/ort';
const bytes: Uint8Array = writeSafetensors({});
export const all = [createEngine, new LSTM({ inputSize: 1, hiddenSize: 1 }).forward, softmax, loadOnnx, loadKeras, openPool, fit, InferenceSession, bytes];
`;

/** The declarations under every way of finding them that the version has. */
const typescript = (version) => {
  const config = (module, moduleResolution) =>
    JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        lib: ['es2022', 'dom', ...(version >= '5.2' ? ['esnext.disposable'] : [])],
        strict: true,
        noEmit: true,
        types: [],
        module,
        moduleResolution,
      },
      files: ['check.ts'],
    });
  const ways = { bundler: 'esnext', node: 'esnext', nodenext: 'nodenext' };
  return {
    packages: [`typescript@${version}`],
    files: {
      'check.ts': CHECK,
      ...Object.fromEntries(Object.entries(ways).map(([way, module]) => [`${way}.json`, config(module, way)])),
    },
    commands: Object.keys(ways).map((way) => ['npx', 'tsc', '-p', `${way}.json`]),
    answers: false,
  };
};

/** A page that runs vad-web; \`aliased\`: every entry of onnxruntime-web must be hiddenstate/ort. */
const vadPage = (aliased) => `import { segmentsOfSpeech } from './vad.js';
${
  aliased
    ? `import * as own from 'hiddenstate/ort';
import * as ort from 'onnxruntime-web';
import * as wasm from 'onnxruntime-web/wasm';
import * as webgpu from 'onnxruntime-web/webgpu';
const ours = [ort, wasm, webgpu].every(({ InferenceSession }) => InferenceSession === own.InferenceSession);`
    : 'const ours = undefined;'
}
segmentsOfSpeech().then(
  (segments) => { document.title = \`done \${JSON.stringify(segments)} ours: \${ours}\`; },
  (error) => { document.title = \`done \${error.stack}\`; },
);
`;

/** vad-web in a page, its model and a recording (Debian's alsa-utils) beside it in `folder`. */
const vadHost = (folder, page, { packages = [], files = {}, commands, aliased = true }) => ({
  packages: ['@ricky0123/vad-web@0.0.31', ...packages],
  files: { [`${folder}/.keep`]: '', 'page.js': vadPage(aliased), ...files },
  commands: [
    ['cp', 'node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx', folder],
    ['cp', '/usr/share/sounds/alsa/Front_Center.wav', `${folder}/speech.wav`],
    ...commands,
  ],
  page,
  group: 'vad-web',
});

/** For webpack and rspack. */
const ALIAS = `export default { entry: './page.js', resolve: { alias: { 'onnxruntime-web': 'hiddenstate/ort' } } };
`;
const INTO = ['--mode', 'production', '--output-path', 'out'];
const bundleVad = (...flags) => [
  'npx',
  'esbuild',
  'page.js',
  '--bundle',
  '--format=esm',
  '--outfile=out/main.js',
  ...flags,
];

/** First the original: its segments are what the others must give. */
const VAD_HOSTS = {
  'vad-web': vadHost('out', 'out', {
    packages: ['esbuild'],
    files: { 'out/index.html': html('./main.js') },
    commands: [['sh', '-c', 'cp node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded* out'], bundleVad()],
    aliased: false,
  }),
  'vad-web-esbuild': vadHost('out', 'out', {
    packages: ['esbuild'],
    files: { 'out/index.html': html('./main.js') },
    commands: [bundleVad('--alias:onnxruntime-web=hiddenstate/ort')],
  }),
  'vad-web-vite': vadHost('public', 'dist', {
    packages: ['vite@8'],
    files: {
      'index.html': html('/page.js'),
      'vite.config.js': `export default {
  base: './',
  resolve: { alias: [{ find: /^onnxruntime-web(\\/.*)?$/, replacement: 'hiddenstate/ort' }] },
};
`,
    },
    commands: [['npx', 'vite', 'build']],
  }),
  'vad-web-webpack': vadHost('out', 'out', {
    packages: ['webpack@5', 'webpack-cli'],
    files: { 'out/index.html': html('./main.js'), 'webpack.config.js': ALIAS },
    commands: [['npx', 'webpack', ...INTO]],
  }),
  'vad-web-rspack': vadHost('out', 'out', {
    packages: ['@rspack/core@2', '@rspack/cli@2'],
    files: { 'out/index.html': html('./main.js'), 'rspack.config.js': ALIAS },
    commands: [['npx', 'rspack', 'build', ...INTO]],
  }),
};

const TYPESCRIPTS = Object.fromEntries(
  ['5.0.4', '5.1.6', '5.2.2', '5.3.3', '5.4.5', '5.5.4', '5.6.3', '5.7.3', '5.8.3', '5.9.3'].map((version) => [
    `typescript-${version.slice(0, 3)}`,
    typescript(version),
  ]),
);

export const HOSTS = {
  node: { files: { 'main.js': PRINT }, commands: [['node', 'main.js']] },
  ...TYPESCRIPTS,
  esbuild: {
    packages: ['esbuild'],
    files: {
      'page.js': PAGE.replace(
        'parallelAnswer()',
        "parallelAnswer({ worker: new URL('./worker.js', document.baseURI) })",
      ),
      'out/index.html': html('./page.js'),
    },
    commands: [
      ['npx', 'esbuild', 'page.js', '--bundle', '--format=esm', '--minify', '--outfile=out/page.js'],
      [
        'npx',
        'esbuild',
        'node_modules/hiddenstate/dist/parallel-worker.js',
        '--bundle',
        '--format=esm',
        '--outfile=out/worker.js',
      ],
    ],
    page: 'out',
  },
  vite: {
    packages: ['vite@8'],
    files: { 'index.html': html('/page.js'), 'page.js': PAGE },
    commands: [['npx', 'vite', 'build', '--base', './']],
    page: 'dist',
  },
  webpack: {
    packages: ['webpack@5', 'webpack-cli'],
    files: { 'src/index.js': PAGE.replaceAll("'./", "'../"), 'dist/index.html': html('./main.js') },
    commands: [['npx', 'webpack', '--mode', 'production']],
    page: 'dist',
  },
  rspack: {
    packages: ['@rspack/core@2', '@rspack/cli@2'],
    files: { 'src/index.js': PAGE.replaceAll("'./", "'../"), 'dist/index.html': html('./main.js') },
    commands: [['npx', 'rspack', 'build', '--mode', 'production']],
    page: 'dist',
  },
  parcel: {
    packages: ['parcel@2'],
    files: { 'index.html': html('./page.js'), 'page.js': PAGE },
    // Without it Parcel looks at no `exports`, and finds the main entry alone.
    manifest: { '@parcel/resolver-default': { packageExports: true } },
    commands: [['npx', 'parcel', 'build', 'index.html', '--no-cache', '--public-url', './']],
    page: 'dist',
  },
  next: {
    packages: ['next@16', 'react@19', 'react-dom@19'],
    files: {
      'next.config.mjs': "export default { output: 'export' };\n",
      'app/layout.js':
        'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n',
      'app/page.js': `'use client';
import { useEffect } from 'react';
import { answer } from '../program.js';
import { parallelAnswer } from '../parallel.js';
export default function Page() {
  useEffect(() => {
    Promise.all([answer(), parallelAnswer()]).then(
      ([numbers, parallel]) => { document.title = \`done \${numbers} parallel: \${parallel}\`; },
      (error) => { document.title = \`done \${error.stack}\`; },
    );
  }, []);
  return <p>hiddenstate</p>;
}
`,
    },
    commands: [['npx', 'next', 'build']],
    env: { NEXT_TELEMETRY_DISABLED: '1' },
    page: 'out',
  },
  bun: {
    packages: ['bun@1'],
    files: { 'main.js': PRINT },
    commands: [
      ['node', 'node_modules/bun/install.js'],
      ['npx', 'bun', 'main.js'],
    ],
  },
  deno: {
    packages: ['deno@2'],
    files: { 'main.js': PRINT },
    commands: [['npx', 'deno', 'run', '--allow-all', 'main.js']],
  },
  'jest-29': jest(29, 'node'),
  'jest-30': jest(30, 'node'),
  'jest-29-jsdom': jest(29, 'jsdom'),
  'jest-30-jsdom': jest(30, 'jsdom'),
  ...VAD_HOSTS,
  miniflare: miniflare('2026-01-01'),
  'miniflare-2024': miniflare('2024-01-01'),
};
