import { Amplifier, type AmplifierOptions } from '../audio/index.js';
import type { UnitPlan } from './messages.js';
import { scopeEngine } from './scope-engine.js';
import type { Tell, Unit } from './tell.js';

/** A guitar amplifier or pedal. */
export function openAmplifier({ model, options, sampleRate }: UnitPlan, tell: Tell): Unit {
  const amplifier = Amplifier.loadSync(model.bytes, {
    ...(options as AmplifierOptions),
    engine: scopeEngine(),
    sampleRate,
    onError: (error) => tell('error', error),
  });
  return {
    latency: 0,
    push: (block, out) => void amplifier.push(block, out),
    reset: () => amplifier.reset(),
    setControls: (controls) => amplifier.setControls(controls),
    dispose: () => amplifier.dispose(),
  };
}
