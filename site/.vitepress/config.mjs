import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { GUIDES, PANELS } from '../contents.mjs';

/** Pages are plain HTML that needs no script; a panel brings its own custom element. */
export default defineConfig({
  title: 'hiddenstate',
  description: 'Recurrent networks in Node and browsers, in SIMD WebAssembly.',
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: '.cache',
  mpa: true,
  appearance: false,
  head: [
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    ['link', { rel: 'icon', href: '/mark.svg', type: 'image/svg+xml' }],
  ],
  markdown: { theme: 'min-light', lineNumbers: false, config: plainCode },
  themeConfig: {
    guides: GUIDES,
    panels: PANELS,
    version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
  },
  /** A page that names a panel gets its element and its look; without scripts the page's own text stays. */
  transformHead({ pageData }) {
    const { panel } = pageData.frontmatter;
    return panel === undefined
      ? []
      : [
          ['link', { rel: 'stylesheet', href: `/panels/${panel}.css` }],
          ['script', { type: 'module', src: `/panels/${panel}.js` }],
        ];
  },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('hs-') } } },
});

/** Code blocks in ink, comments quiet: colour belongs to the models. A block scrolls, so it takes the keyboard. */
function plainCode(markdown) {
  markdown.renderer.rules.fence = (tokens, index) => {
    const { content } = tokens[index];
    const lines = markdown.utils.escapeHtml(content.replace(/\n$/, '')).replaceAll('{{', '&#123;&#123;').split('\n');
    const shown = lines.map((line) => line.replace(/(^|\s)((?:\/\/|#) .*)$/, '$1<span class="c">$2</span>'));
    return `<pre class="code" tabindex="0" v-pre><code>${shown.join('\n')}</code></pre>\n`;
  };
  const table =
    markdown.renderer.rules.table_open ??
    ((tokens, index, options, _, self) => self.renderToken(tokens, index, options));
  markdown.renderer.rules.table_open = (...given) =>
    `<div class="scroll" tabindex="0" role="region" aria-label="Table">${table(...given)}`;
  markdown.renderer.rules.table_close = () => '</table></div>\n';
}
