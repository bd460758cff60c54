/** The first row of an output: y0, y1 … */
export function headerText(columns: number): string {
  return `${Array.from({ length: columns }, (_, i) => `y${i}`).join(',')}\n`;
}

/** One row of numbers, each as short as it can be and still be the same float32 when it is read again. */
export function rowText(values: Float32Array): string {
  let text = '';
  for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ',') + shortest(values[i]);
  return `${text}\n`;
}

function shortest(value: number): string {
  // Nine digits tell any two float32 apart; most need fewer.
  for (let digits = 7; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}
