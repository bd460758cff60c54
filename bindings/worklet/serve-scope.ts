import type { Order, Report, UnitPlan } from './messages.js';
import { Station } from './station.js';
import type { Stock } from './unit.js';

interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

/** What of the two scopes is used. */
interface Scope extends Port {
  readonly AudioWorkletProcessor?: new () => { readonly port: Port };
  registerProcessor?(name: string, processor: unknown): void;
  readonly currentTime: number;
}

const scope = globalThis as unknown as Scope;

function defineProcessor(Base: NonNullable<Scope['AudioWorkletProcessor']>, stock: Stock): unknown {
  return class extends Base {
    private readonly station: Station;
    /** For a node that nothing is connected to. */
    private readonly silence: Float32Array;

    constructor({ processorOptions }: { processorOptions: UnitPlan }) {
      super();
      const { port } = this;
      this.silence = new Float32Array(processorOptions.quantum);
      this.station = new Station(stock, (report: Report, transfer) => port.postMessage(report, transfer));
      port.onmessage = ({ data }) => this.station.obey(data as Order);
      this.station.begin(processorOptions);
    }

    process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
      const { station } = this;
      if (station.open) station.push(inputs[0][0] ?? this.silence, outputs[0][0], 1000 * scope.currentTime);
      return station.open;
    }
  };
}

function serveWorker(stock: Stock): void {
  const station = new Station(stock, (report, transfer) => scope.postMessage(report, transfer));
  let samples = 0;
  let rate = 1;
  scope.onmessage = ({ data }) => {
    const order = data as Order;
    if (order.type === 'plan') rate = order.plan.sampleRate;
    if (order.type !== 'block') station.obey(order);
    else {
      station.push(order.block, order.block, (1000 * samples) / rate);
      samples += order.block.length;
    }
  };
  scope.postMessage({ type: 'loaded' } satisfies Report, []);
}

/**
 * Serves the scope that this runs in: an audio worklet, or a worker. It needs nothing of it but WebAssembly: an audio worklet has
 * neither fetch nor TextDecoder nor URL.
 *
 * @param name what the processor is registered as
 */
export function serveScope(stock: Stock, name: string): void {
  const { AudioWorkletProcessor: Base } = scope;
  if (!Base) serveWorker(stock);
  else register(name, defineProcessor(Base, stock));
}

function register(name: string, processor: unknown): void {
  try {
    scope.registerProcessor?.(name, processor);
  } catch {
    // A second copy of the file: the first one serves.
  }
}
