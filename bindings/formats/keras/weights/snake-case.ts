/** A class' name as Keras writes it into paths: `SimpleRNN` as `simple_rnn`. Source: keras/src/utils/naming.py. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
