import MiniSearch from 'minisearch';
import { SEARCH_OPTIONS } from '../../steps/search-options.mjs';
import { make } from '../shared/dom.js';
import { Permalink } from '../shared/permalink.js';

/** `<hs-search index="search.json">`: finds sections of guides and reference while one types. Nothing is sent. */
class SearchPanel extends HTMLElement {
  private index: MiniSearch | undefined;
  private readonly link = new Permalink();
  private readonly field = make('input', {
    type: 'search',
    id: 'query',
    autocomplete: 'off',
    oninput: () => this.find(),
  });
  private readonly said = make('p', { class: 'quiet small', role: 'status' });
  private readonly found = make('ol', { class: 'found' });

  async connectedCallback(): Promise<void> {
    this.field.value = this.link.text('q', '');
    this.replaceChildren(
      make('label', { for: 'query' }, 'Words of the guides and the reference'),
      this.field,
      this.said,
      this.found,
    );
    this.field.focus();
    const address = this.getAttribute('index') as string;
    try {
      this.index = MiniSearch.loadJSON(await (await fetch(address)).text(), SEARCH_OPTIONS);
      this.find();
    } catch (error) {
      this.said.textContent = `The index did not load: ${error}`;
    }
  }

  private find(): void {
    const query = this.field.value.trim();
    this.link.set('q', query);
    const results = query === '' ? [] : (this.index?.search(query) ?? []);
    this.said.textContent =
      query === ''
        ? ''
        : results.length === 0
          ? 'No section has such words.'
          : `${results.length} ${results.length === 1 ? 'section' : 'sections'}`;
    const root = (this.getAttribute('index') as string).replace(/search\.json$/, '');
    this.found.replaceChildren(
      ...results
        .slice(0, 30)
        .map(({ address, title, page }) =>
          make(
            'li',
            {},
            make('a', { href: root + address.slice(1) }, title),
            title === page ? '' : make('span', { class: 'quiet' }, ` ${page}`),
          ),
        ),
    );
  }
}

customElements.define('hs-search', SearchPanel);
