export { softmax } from 'hiddenstate';
