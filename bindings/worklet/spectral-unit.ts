import { SpectralModel, type SpectralModelOptions, type SpectralStage } from '../audio/index.js';
import { rangeError } from '../errors.js';
import type { UnitPlan } from './messages.js';
import type { OpenFile } from './open-file.js';
import { scopeEngine } from './scope-engine.js';
import type { Tell, Unit } from './tell.js';

/** A denoiser: networks between a Fourier transform and its inverse. */
export function openSpectral({ stages, options, sampleRate, quantum }: UnitPlan, tell: Tell, openFile: OpenFile): Unit {
  const wanted = (options as unknown as SpectralModelOptions).sampleRate;
  if (wanted !== sampleRate) {
    throw rangeError(
      `createNode: sampleRate: got an AudioContext of ${sampleRate} Hz, expected ${wanted}, the rate of the networks: ` +
        `new AudioContext({ sampleRate: ${wanted} })`,
    );
  }
  const held: { dispose(): void }[] = [];
  const dispose = () => {
    for (const each of held.reverse()) each.dispose();
  };
  try {
    const running = stages.map(({ model, stream = {}, input, output }) => {
      const opened = openFile(model);
      held.push(opened);
      const open = opened.stream(stream);
      held.push(open);
      return { stream: open, input, output } as unknown as SpectralStage;
    });
    const spectral = new SpectralModel({
      ...(options as unknown as SpectralModelOptions),
      engine: scopeEngine(),
      blockSize: quantum,
      stages: running,
      onError: (error) => tell('error', error),
    });
    held.push(spectral);
    return {
      latency: spectral.latency,
      push: (block, out) => void spectral.push(block, out),
      reset: () => spectral.reset(),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
