import { ownBuffers, sendError } from '../parallel/messages.js';
import type { EventName, Order, Report, UnitPlan } from './messages.js';
import { Meter } from './meter.js';
import type { Unit } from './tell.js';
import { openUnit, type Stock } from './unit.js';

/**
 * Runs a unit for a processor or a worker, and tells how it goes. It never throws: what fails is told once, and from then on
 * sound goes through as it is.
 */
export class Station {
  /** Whether blocks are still to come. */
  open = true;
  private unit: Unit | undefined;
  private meter: Meter | undefined;

  /**
   * @param stock what it can run
   * @param post sends a report; the buffers in the list change hands
   */
  constructor(
    private readonly stock: Stock,
    private readonly post: (report: Report, transfer: ArrayBuffer[]) => void,
  ) {}

  /** Makes the unit, and says that it is ready, or why not. */
  begin(plan: UnitPlan): void {
    try {
      this.unit = openUnit(plan, (name, detail) => this.tell(name, detail), this.stock);
      const quantumMs = (1000 * plan.quantum) / plan.sampleRate;
      if (plan.meterMs > 0) {
        this.meter = new Meter(quantumMs, plan.meterMs, plan.live, (report) => this.tell('meter', report));
      }
      this.post({ type: 'ready', latency: this.unit.latency }, []);
    } catch (error) {
      this.post({ type: 'failed', error: sendError(error) }, []);
    }
  }

  /**
   * Takes a block.
   *
   * @param soundMs its time on the clock of the sound
   */
  push(block: Float32Array, out: Float32Array, soundMs: number): void {
    const { unit, meter } = this;
    if (!unit) {
      out.set(block);
      return;
    }
    meter?.begin();
    try {
      unit.push(block, out);
    } catch (error) {
      out.set(block);
      this.fail(error);
    }
    meter?.end(soundMs);
  }

  /** Does what a node says. */
  obey(order: Order): void {
    const { unit } = this;
    try {
      if (order.type === 'plan') this.begin(order.plan);
      else if (order.type === 'controls') unit?.setControls?.(order.controls);
      else if (order.type === 'flush') unit?.flush?.();
      else if (order.type === 'reset') unit?.reset();
      else if (order.type === 'resumed') this.meter?.resume();
      else if (order.type === 'dispose') this.dispose();
    } catch (error) {
      // Knobs that there are not are no reason to fall silent.
      this.tell('error', error as Error);
    }
  }

  private dispose(): void {
    this.open = false;
    this.unit?.dispose();
    this.unit = undefined;
  }

  private fail(error: unknown): void {
    const { unit } = this;
    this.unit = undefined;
    this.tell('error', error as Error);
    try {
      unit?.dispose();
    } catch {
      // It failed before, and that was told.
    }
  }

  private tell(name: EventName, detail: unknown): void {
    const sent = name === 'error' ? sendError(detail) : detail;
    this.post({ type: 'event', name, detail: sent }, ownBuffers(sent));
  }
}
