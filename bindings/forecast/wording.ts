/** How a message names an option, and a value for it: `missing: "skip"` in a program, `--missing skip` on a command line. */
export type Wording = (option: string, value?: string) => string;

/** As a program gives options. */
export const programWording: Wording = (option, value) =>
  value === undefined ? option : `${option}: ${Number.isNaN(Number(value)) ? JSON.stringify(value) : value}`;
