import { Autoregression } from 'hiddenstate/sequence';

console.log(new Autoregression({ order: 1 }).fit([1, 2, 1, 3, 2, 4, 1]).forecast(3).mean);
