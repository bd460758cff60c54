/** The site is built once; its files are checked, then its panels used. */
import { beforeAll } from 'vitest';
import { describeFile } from './file.js';
import { describeForecast } from './forecast.js';
import { describeLadder } from './ladder.js';
import { describeListen } from './listen.js';
import { describePanels } from './panels.js';
import { buildSite } from './site.js';
import { describeFiles } from './static.js';
import { describeTrain } from './train.js';

beforeAll(buildSite, 600_000);
describeFiles();
describePanels();
describeFile();
describeLadder();
describeListen();
describeForecast();
describeTrain();
