import { browserSuite } from './browser-suite.js';
import { findChromium } from './browsers.js';

browserSuite(findChromium());
