export { LSTM } from 'hiddenstate/core';
