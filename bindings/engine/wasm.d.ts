/** A kernel module in hexadecimal; the bundler and the test runner find it in build/ and put its bytes here. */
declare module '*.wasm' {
  const hex: string;
  export default hex;
}
