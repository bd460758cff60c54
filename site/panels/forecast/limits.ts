/** Of longer series the end is taken: networks learn from it in a tab within a minute. */
export const MOST_VALUES = 5000;
export const MOST_HORIZON = 60;
/** A larger file is refused before it is read. */
export const MOST_BYTES = 20e6;
export const MOST_SEEDS = 9;
