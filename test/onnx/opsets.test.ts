/** Operators as other opsets than the newest of onnx 1.12 define them, on every build. */
import { archiveSuite } from './archive-suite.js';

archiveSuite({ archive: 'opsets', title: 'definitions of other opsets', tolerance: 2e-6 });
