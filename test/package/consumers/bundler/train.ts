export * from 'hiddenstate';
export * from 'hiddenstate/train';
