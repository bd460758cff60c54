/** Numbers of an input, and of a state. */
export const INPUT = 4;
export const HIDDEN = 16;
