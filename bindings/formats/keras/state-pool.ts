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

/** The states that a graph carries from run to run. */
export class StatePool {
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

  /** A state f32[B, size] of a layer. */
  add(label: string, size: number): StateVariable {
    const value = this.builder.input(`${label}/state`, 'float32', 2);
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
