import { findChromium } from './browsers.js';
import { soundSuite } from './sound-suite.js';

soundSuite(findChromium());
