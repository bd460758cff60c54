export { identify, openModel } from 'hiddenstate/files';
