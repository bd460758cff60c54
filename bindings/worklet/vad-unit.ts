import { Vad, type VadOptions } from '../audio/index.js';
import type { UnitPlan } from './messages.js';
import { scopeEngine } from './scope-engine.js';
import type { Tell, Unit } from './tell.js';

/** Voice activity detection: sound goes through as it is. */
export function openVad({ model, options, sampleRate, wanted }: UnitPlan, tell: Tell): Unit {
  const wantsFrames = wanted.includes('frame');
  const vad = Vad.loadSync(model.bytes, {
    ...(options as VadOptions),
    engine: scopeEngine(),
    sampleRate,
    onSpeechStart: () => tell('speechstart', undefined),
    onSpeechRealStart: () => tell('speechrealstart', undefined),
    onSpeechEnd: (audio) => tell('speechend', audio),
    onVADMisfire: () => tell('misfire', undefined),
    onError: (error) => tell('error', error),
    ...(wantsFrames && { onFrame: (probability, frame) => tell('frame', { probability, frame: frame.slice() }) }),
  });
  return {
    latency: 0,
    push(block, out) {
      out.set(block);
      vad.push(block);
    },
    reset: () => vad.reset(),
    flush: () => vad.flush(),
    dispose: () => vad.dispose(),
  };
}
