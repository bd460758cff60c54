import { LSTM, type StateDict, type Tensor } from 'hiddenstate';
import golden from './golden.json';

const tensor = ({ data, dims }: { data: number[]; dims: number[] }): Tensor => ({
  data: Float32Array.from(data),
  dims,
});
const stateDict: StateDict = {};
for (const [name, value] of Object.entries(golden.stateDict)) stateDict[name] = tensor(value);
const state = { h: tensor(golden.state.h), c: tensor(golden.state.c) };

const lstm = LSTM.fromStateDict(stateDict, { batchFirst: golden.options.batchFirst });
console.log(JSON.stringify([...lstm.forward(tensor(golden.input), { state }).output.data]));
