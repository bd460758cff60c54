/**
 * What the index is made with and read with: the two must agree.
 *
 * @type {import('minisearch').Options}
 */
export const SEARCH_OPTIONS = {
  idField: 'id',
  fields: ['title', 'text', 'page'],
  storeFields: ['address', 'title', 'page'],
  searchOptions: { boost: { title: 4, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: 'AND' },
};
