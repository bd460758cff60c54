/** y = W·x + b in double precision: what products alone are checked against. It is no rival. */
export const referenceLinear = {
  id: 'reference',
  open({ batch }, { dict, x }) {
    const [rows, columns] = dict.weight.dims;
    const out = new Float32Array(batch * rows);
    const run = () => {
      for (let b = 0; b < batch; b++) {
        for (let r = 0; r < rows; r++) {
          let sum = dict.bias.data[r];
          for (let c = 0; c < columns; c++) sum += dict.weight.data[r * columns + c] * x[b * columns + c];
          out[b * rows + r] = sum;
        }
      }
    };
    return { run, output: () => out, close() {} };
  },
};
