/** The file of a pool's threads: a copy of the model comes with the first message, and calls with those that follow. */
import { createEngine, loadModel } from '../index.js';
import { serveStation } from './serve-station.js';
import { type Copy, WorkStation } from './station.js';

serveStation(({ bytes, simd }: Copy) => new WorkStation(loadModel(bytes, { engine: createEngine({ simd }) })));
