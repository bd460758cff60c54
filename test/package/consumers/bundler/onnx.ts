export { loadOnnx } from 'hiddenstate/onnx';
