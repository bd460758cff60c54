import type { LatentSymbols, SymbolModel } from 'hiddenstate/sequence';
import { answerWith } from '../shared/worker-server.js';
import { flowOf, influenceOf, traceOf } from './inside.js';
import { divideText, learnClassical, learnNetwork, matrixOf, readStock, type Text } from './machines.js';
import type { Cell, Flow, Influence, Opened, Request, Result, Stock } from './messages.js';
import { TEXTS } from './texts.js';

let stock: Stock;
let text: Text;
const networks = new Map<Cell, LatentSymbols>();
const CELLS: readonly Cell[] = ['rnn', 'lstm', 'gru'];

answerWith((request: Request) => {
  switch (request.kind) {
    case 'open':
      return open(request.csv, TEXTS[request.language]);
    case 'order':
      return learnClassical('autoregressive', stock, text, request.order).result;
    case 'learn':
      return learn(request.cell, request.seed);
    case 'influence':
      return influence(request.order);
    case 'flow':
      return flow(request);
    case 'trace':
      return traceOf(networks.get(request.cell) as LatentSymbols, text);
  }
});

function open(csv: string, words: string): Opened {
  stock = readStock(csv, 'MSFT');
  text = divideText(words);
  for (const network of networks.values()) network.dispose();
  networks.clear();
  const naive = learnClassical('naive', stock, text, 0);
  const markov = learnClassical('markov', stock, text, 1);
  const { known, held, symbols } = text;
  return {
    stock,
    characters: { known: known.length, held: held.length, symbols: symbols.length },
    naive: naive.result,
    markov: markov.result,
    matrix: matrixOf(markov.symbols, text),
  };
}

async function learn(cell: Cell, seed: number): Promise<Result> {
  const { result, series, symbols } = await learnNetwork(cell, seed, stock, text);
  series.dispose();
  networks.get(cell)?.dispose();
  networks.set(cell, symbols);
  return result;
}

function influence(order: number): Influence {
  const models: [string, SymbolModel][] = [
    ['autoregressive', learnClassical('autoregressive', stock, text, order).symbols],
    ...networks.entries(),
  ];
  return Object.fromEntries(models.map(([name, model]) => [name, influenceOf(model, text)]));
}

function flow(request: Extract<Request, { kind: 'flow' }>): Flow {
  const entries = CELLS.map((cell) => [
    cell,
    flowOf(cell, request.fresh ? undefined : networks.get(cell), text, request),
  ]);
  return Object.fromEntries(entries) as Flow;
}
