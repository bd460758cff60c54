/** What the library measures itself against: plain-JavaScript cells and interleaved timing. */
export * from './interleave.js';
export * from './plain-cells.js';
