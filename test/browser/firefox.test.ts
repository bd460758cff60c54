import { browserSuite } from './browser-suite.js';
import { findFirefox } from './browsers.js';

browserSuite(findFirefox());
