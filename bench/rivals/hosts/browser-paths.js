/** Where the server has the rivals' wasm files. */
export const PATHS = {
  tensorflow: '/modules/@tensorflow/tfjs-backend-wasm/dist/',
  onnxruntime: '/modules/onnxruntime-web/dist/',
};
