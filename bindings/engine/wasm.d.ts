/** A kernel module as base64; the bundler and the test runner find it in build/ and put its bytes here. */
declare module '*.wasm' {
  const base64: string;
  export default base64;
}
