/** What the report says in words. */

export const HEAD = `<!-- Written by bench/rivals/report.js from bench/results/*.json. Do not edit: run \`npm run bench:rivals\` again. -->

# Against the others

hiddenstate and other ways to run a recurrent network in JavaScript, on one machine, in one thread, float32, with the same
weights. In brackets: how many times slower than ours, or, in the rows of the ceiling, the share of it.`;

export const METHOD = `## How it is measured

- Weights are uniform in ±1/√H, I = H. All contenders of a case get the same; before anything is timed their outputs are
  compared (20 steps of a stream, whole sequences) and must agree to 1e-4.
- In every round each contender runs one burst (3 ms at least, 20 ms in browsers, whose clocks are coarse), there and back
  again, so that all meet the same drift of the machine. Times are medians over the rounds; ratios are medians of the
  ratios within the rounds. Whatever takes seconds a call runs few times, or once.
- Streaming is each interface as its user calls it: onnxruntime is fed the state that it gave back, with an input tensor
  made once; TensorFlow.js gets a tensor for each input and its output is read.
- The **ceiling** is a kernel in 128-bit SIMD that only reads weights and multiply-adds, the fastest of several on that
  host (\`bench/ceiling/\`): over the same bytes of weights for a step; for a batch, with weights in the first-level cache
  and as many uses of each as is fastest; for a sequence, the latter for the input products and the former for the
  recurrent ones. It computes no activation and crosses no boundary, so small sizes cannot come near it.
- onnxruntime-node runs its native code with one thread; onnxruntime-web and TensorFlow.js wasm run SIMD, one thread.

Left out:

- TensorFlow.js for GRU: it has the reset before the product only, a different function. Its cpu backend where a call would
  take many seconds.
- brain.js: what it calls an LSTM has no cell state, its RNN has ReLU and its GRU the reset before the product, and every
  run starts from zeros: none computes the function of these tables.`;
