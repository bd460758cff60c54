import { make } from '../shared/dom.js';
import { LOOKS, type Model, maeOf, meanOf } from './models.js';
import type { Part } from './picture.js';

/** Less than this much better is luck. */
const HARDLY = 1.03;
const SHORT = 0.05;

/** Whether anything beats the last value, in a sentence, and what else is to be known. */
export function verdictOf(models: readonly Model[], horizon: number, level: number) {
  const best = models.reduce((least, each) => (maeOf(each) < maeOf(least) ? each : least));
  const naive = models.find(({ rung }) => rung === 'last');
  const { label } = LOOKS[best.rung];
  const name = ['AR', 'RNN', 'GRU', 'LSTM'].includes(label) ? `The ${label}` : `The ${label.replace(/^last/, 'last')}`;
  if (!naive || best === naive) {
    return { best: best.rung, title: 'Nothing beats the last value here', why: whyOf(models, best, horizon, level) };
  }
  const ratio = maeOf(naive) / maeOf(best);
  const title =
    ratio < HARDLY
      ? `Hardly: ${name.replace('The', 'the')} has ${((1 - 1 / ratio) * 100).toPrecision(1)} % less error than the last value`
      : ratio < 1.5
        ? `${name} does: ${Math.round((1 - 1 / ratio) * 100)} % less error than the last value`
        : `${name} does: ${ratio.toPrecision(2)} times less error than the last value`;
  return { best: best.rung, title, why: whyOf(models, best, horizon, level) };
}

function whyOf(models: readonly Model[], best: Model, horizon: number, level: number): string {
  const step = (model: Model) => meanOf(model.seeds.map(({ maeByStep }) => maeByStep[0]));
  const nearest = models.reduce((least, each) => (step(each) < step(least) ? each : least));
  const short = models.filter(({ seeds }) => meanOf(seeds.map(({ coverage }) => coverage)) < level - SHORT);
  const parts: string[] = [];
  if (horizon > 1) {
    parts.push(
      nearest === best
        ? `It is the best one step ahead as well.`
        : `One step ahead the best is ${LOOKS[nearest.rung].label}; fed with its own forecasts it loses that over ${horizon} steps.`,
    );
  }
  if (short.length > 0) parts.push(`The intervals of ${list(short)} hold too little: they are surer than they may be.`);
  return parts.join(' ');
}

function list(models: readonly Model[]): string {
  const names = models.map(({ rung }) => LOOKS[rung].label);
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** What the picture shows. */
export function captionOf(part: Part, chosen: string, level: number, outside: readonly string[]): (Node | string)[] {
  const percent = Math.round(100 * level);
  return [
    'The plain line: what is known. ',
    ...(part === 'latest' ? [make('b', {}, 'Rings: what came, which they did not see. ')] : []),
    `The band holds ${percent} % by the account of ${chosen}; touch a name in the table to see another’s.`,
    ...(outside.length > 0 ? [` Not in this picture, too far off or for want of room: ${outside.join(', ')}.`] : []),
  ];
}
