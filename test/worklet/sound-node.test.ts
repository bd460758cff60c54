import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Report, UnitPlan } from '../../bindings/worklet/messages.js';
import type { SoundNode } from '../../bindings/worklet/sound-node.js';

/** What Node has not: a node of sound, as far as ours uses it. */
class FakeWorkletNode extends EventTarget {
  readonly channel = new MessageChannel();
  readonly port = this.channel.port1;

  constructor(readonly context: BaseAudioContext) {
    super();
  }

  disconnect(): void {}
}

class FakeContext extends EventTarget {
  state = 'running';

  change(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

const nodes: FakeWorkletNode[] = [];
let makeNode: (context: FakeContext) => SoundNode & FakeWorkletNode;

beforeAll(async () => {
  vi.stubGlobal('AudioWorkletNode', FakeWorkletNode);
  vi.resetModules(); // the module takes its base class when it is read
  const { SoundNode } = await import('../../bindings/worklet/sound-node.js');
  makeNode = (context) => {
    const plan = { kind: 'vad' } as UnitPlan;
    const node = new SoundNode(context as unknown as BaseAudioContext, 'processor', plan);
    nodes.push(node as unknown as FakeWorkletNode);
    return node as unknown as SoundNode & FakeWorkletNode;
  };
});

afterAll(() => {
  for (const { channel } of nodes) {
    channel.port1.close();
    channel.port2.close();
  }
  vi.unstubAllGlobals();
});

/** Lets messages of the processor arrive. */
const arrived = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A node that is ready, and what it tells. */
async function opened() {
  const context = new FakeContext();
  const node = makeNode(context);
  const told: unknown[] = [];
  node.addEventListener('frame', ({ detail }) => told.push(detail));
  const report = (message: Report) => node.channel.port2.postMessage(message);
  report({ type: 'ready', latency: 3 } as Report);
  await node.ready();
  const frame = (detail: number) => report({ type: 'event', name: 'frame', detail } as unknown as Report);
  return { context, node, told, frame };
}

describe('a node of sound', () => {
  it('tells what its processor sent before the context closed', async () => {
    const { context, node, told, frame } = await opened();
    frame(1);
    context.change('closed'); // before the message is there: an offline context closes as its last sample is rendered
    await arrived();
    expect(told).toEqual([1]);
    expect(() => node.reset()).toThrow(/^SoundNode\.reset: /);
  });

  it.each(['running', 'closed'])('tells nothing after dispose, in a context that is %s', async (state) => {
    const { context, node, told, frame } = await opened();
    context.change(state);
    frame(1);
    node.dispose();
    node.dispose();
    await arrived();
    expect(told).toEqual([]);
  });

  it('refuses who waits for a processor when the context closes', async () => {
    const context = new FakeContext();
    const node = makeNode(context);
    context.change('closed');
    await expect(node.ready()).rejects.toThrow(/got an AudioContext that was closed/);
  });
});
