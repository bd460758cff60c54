export { LSTM } from 'hiddenstate';
