const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { LSTM } = require('hiddenstate');

const { options, stateDict, input, state } = JSON.parse(readFileSync(join(__dirname, 'golden.json'), 'utf8'));
const tensor = ({ data, dims }) => ({ data: Float32Array.from(data), dims });
const tensors = (dict) => Object.fromEntries(Object.entries(dict).map(([name, value]) => [name, tensor(value)]));

const lstm = LSTM.fromStateDict(tensors(stateDict), { batchFirst: options.batchFirst });
console.log(JSON.stringify([...lstm.forward(tensor(input), { state: tensors(state) }).output.data]));
