/** Keeps the other core busy, and writes the time where the audio thread can read it: it has no clock of its own. */
self.onmessage = ({ data }) => {
  const clock = new Float64Array(data);
  postMessage('ticking');
  for (;;) clock[0] = performance.now();
};
