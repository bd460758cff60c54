/** What a page does with hiddenstate/worklet, for a test to ask for. Sounds travel as the bits of their floats. */
import { createNode, createVad } from '../../../dist/worklet.js';
import { noise } from './noise.js';
import { fromBits, toBits } from './run-cases.js';

const NAMES = ['speechstart', 'speechrealstart', 'speechend', 'misfire', 'frame', 'output', 'error'];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The events of a node or detector, sounds as their length and their bits. */
function record(target, wanted = NAMES) {
  const events = [];
  for (const name of wanted) {
    target.addEventListener(name, ({ detail }) => {
      if (detail instanceof Float32Array) events.push({ name, bits: toBits(detail) });
      else if (detail instanceof Error) events.push({ name, message: detail.message, code: detail.code });
      else events.push({ name, ...(detail && { probability: detail.probability }) });
    });
  }
  return events;
}

/** Options as a test sends them: callbacks cannot travel. */
const withCallbacks = ({ frames, outputs, ...options }) => ({
  ...options,
  ...(frames && { onFrame() {} }),
  ...(outputs && { onOutput() {} }),
});

/** Waits for as many events as there are to be: messages of an audio thread are on their way for a while. */
async function settled(events, count) {
  for (let waited = 0; events.length < count && waited < 2000; waited += 50) await pause(50);
  await pause(100);
}

async function fetchSound(path) {
  return new Float32Array(await (await fetch(path)).arrayBuffer());
}

function sourceOf(context, samples) {
  const buffer = context.createBuffer(1, samples.length, context.sampleRate);
  buffer.copyToChannel(samples, 0);
  return new AudioBufferSourceNode(context, { buffer });
}

/** What an error says, where there has to be one. */
async function refusal(promise) {
  try {
    await promise;
    return undefined;
  } catch ({ name, message, code }) {
    return { name, message, code };
  }
}

globalThis.sound = {
  /** Renders a sound through a node, without an audio device. */
  async offline({ options, window, rate, samples, path, count = 0 }) {
    const input = path ? await fetchSound(path) : noise(samples);
    const context = new OfflineAudioContext(1, input.length, rate);
    const node = await createNode(context, withCallbacks({ ...options, ...(window && { window: fromBits(window) }) }));
    const events = record(node);
    const source = sourceOf(context, input);
    source.connect(node).connect(context.destination);
    source.start();
    const rendered = await context.startRendering();
    await settled(events, count);
    return { rendered: toBits(rendered.getChannelData(0)), events, latency: node.latency };
  },

  /** What is refused, and what it says. */
  async refused({ options, state }) {
    const context = state === 'none' ? {} : new AudioContext();
    if (state === 'closed') await context.close();
    const said = await refusal(createNode(context, options));
    if (state !== 'closed' && state !== 'none') await context.close();
    return said;
  },

  /** A context that is closed while a node is being made, or lives. */
  async closing({ options }) {
    const context = new AudioContext();
    const node = await createNode(context, options);
    const source = new ConstantSourceNode(context);
    source.connect(node).connect(context.destination);
    source.start();
    await pause(100);
    await context.close();
    await pause(100);
    const after = await refusal((async () => node.reset())());
    const second = new AudioContext();
    const making = refusal(createNode(second, options));
    await second.close();
    return { after, making: await making };
  },

  /** A node that is made in a suspended context, runs, is suspended, cut off and connected again. */
  async interrupted({ options }) {
    const context = new AudioContext();
    await context.suspend();
    const node = await createNode(context, withCallbacks(options));
    const made = context.state;
    const events = record(node);
    const source = new ConstantSourceNode(context, { offset: 0.25 });
    source.start();
    source.connect(node);
    await context.resume();
    const heard = async () => {
      const before = events.length;
      await pause(400);
      return events.length - before;
    };
    const counts = { unplayed: await heard() };
    node.connect(context.destination);
    counts.connected = await heard();
    source.disconnect();
    counts.cutOff = await heard();
    source.connect(node);
    counts.again = await heard();
    await context.suspend();
    await pause(100);
    counts.suspended = await heard();
    await context.resume();
    counts.resumed = await heard();
    node.dispose();
    await pause(100);
    counts.disposed = await heard();
    const after = await refusal((async () => node.reset())());
    await context.close();
    return { made, counts, after, errors: events.filter(({ name }) => name === 'error') };
  },

  /** Many nodes of one context, made and disposed. */
  async many({ options, count }) {
    const context = new AudioContext();
    for (let i = 0; i < count; i++) {
      const node = await createNode(context, options);
      node.connect(context.destination);
      node.dispose();
    }
    const node = await createNode(context, options);
    const { state } = context;
    node.dispose();
    await context.close();
    return state;
  },

  /** Hears a recording that is played as if somebody spoke: by a node, or by `createVad`. */
  async listen({ options, path, way }) {
    const context = new AudioContext({ sampleRate: 16_000 });
    await context.resume();
    const voice = new MediaStreamAudioDestinationNode(context);
    const source = sourceOf(context, await fetchSound(path));
    source.connect(voice);
    let target;
    if (way === 'worker') target = await createVad(voice.stream, options);
    else {
      target = await createNode(context, { kind: 'vad', ...options });
      context.createMediaStreamSource(voice.stream).connect(target);
    }
    const events = record(target);
    const ended = new Promise((resolve) => target.addEventListener('speechend', resolve));
    source.start();
    await Promise.race([ended, pause(20_000)]);
    await pause(100);
    target.dispose();
    const after = await refusal((async () => target.flush())());
    await context.close();
    return { events, after };
  },

  /** Keeps count of quanta, for a test that hides the page. */
  async count({ options }) {
    const context = new AudioContext();
    const reports = [];
    const node = await createNode(context, { ...options, onMeter: (report) => reports.push(report) });
    const source = new OscillatorNode(context);
    source.connect(node).connect(context.destination);
    source.start();
    globalThis.counted = { context, reports };
  },

  counted: () => globalThis.counted.reports,
};

globalThis.results = 'ready';
