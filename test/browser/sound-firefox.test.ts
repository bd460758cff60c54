import { findFirefox } from './browsers.js';
import { soundSuite } from './sound-suite.js';

soundSuite(findFirefox());
