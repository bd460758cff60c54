import { HiddenstateError } from '../../errors.js';
import type { GraphBuilder, Value } from './graph-builder.js';

/** A state that runs carry: fed as one input of the graph, taken from one output. */
export interface CarriedState {
  readonly input: string;
  readonly output: string;
  readonly size: number;
}

/** A state on its way through the graph. */
export interface StateVariable {
  /** The newest value; each call of the layer replaces it. */
  value: Value;
}

/** What a recurrent layer asks for a state to carry. */
export interface LayerPool {
  /** Whether every recurrent layer carries its state, one step a run; otherwise those that are stateful. */
  readonly stepwise: boolean;
  /** A state f32[B, size] of a layer. */
  add(label: string, size: number): StateVariable;
}

/** For layers inside a wrapper that runs them from zeros at every step. */
export class InnerPool implements LayerPool {
  readonly stepwise = false;

  constructor(private readonly who: string) {}

  add(): never {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${this.who}: got a stateful layer inside, expected one that begins at zeros: set stateful to false`,
    );
  }
}

/** The states that a graph carries from run to run. */
export class StatePool implements LayerPool {
  private readonly variables: {
    readonly label: string;
    readonly size: number;
    input: string;
    variable: StateVariable;
  }[] = [];

  /**
   * @param builder the graph
   * @param stepwise whether every recurrent layer carries its state, one step a run; otherwise those that are stateful
   */
  constructor(
    private readonly builder: GraphBuilder,
    readonly stepwise: boolean,
  ) {}

  add(label: string, size: number): StateVariable {
    const value = this.builder.input(`${label}/state`, 'float32', 2, false);
    const variable = { value };
    this.variables.push({ label, size, input: value.name, variable });
    return variable;
  }

  /** Declares the outputs. Once, when all layers have been called. */
  finish(): CarriedState[] {
    return this.variables.map(({ label, size, input, variable }) => {
      return { input, size, output: this.builder.output(`${label}/next_state`, variable.value) };
    });
  }
}
