/** Real series on which the rungs of the ladder are compared. */

const DATA = '../../node_modules/vega-datasets/data/';

/** `id` names the picture; `args` follow the file on the command line. */
export const SERIES = [
  {
    id: 'returns',
    title: 'Daily returns of the S&P 500, 2000–2020',
    file: `${DATA}sp500-2000.csv`,
    args: ['--column', 'close', '--transform', 'returns', '--units', 'transformed', '--horizon', '5'],
    verdict:
      'Nothing beats the mean: what the past says about the next return is worth less than a hundredth of the error.',
  },
  {
    id: 'prices',
    title: 'The S&P 500 itself',
    file: `${DATA}sp500-2000.csv`,
    args: ['--column', 'close', '--horizon', '20'],
    verdict:
      'A random walk with drift: no model, learnt or not, is ahead of the naive one. What believes in a mean is lost.',
  },
  {
    id: 'stocks',
    title: 'Microsoft, monthly',
    file: `${DATA}stocks.csv`,
    args: ['--column', 'price', '--where', 'symbol=MSFT', '--horizon', '6'],
    verdict:
      'A hundred values teach a network nothing, and it does not know it: see what its intervals hold. One step ahead nothing beats the last value; the Markov model, drawn to the mean, was right further on in these years.',
  },
  {
    id: 'volatility',
    title: 'Volatility: absolute daily returns of the S&P 500',
    file: `${DATA}sp500-2000.csv`,
    args: ['--column', 'close', '--transform', 'volatility', '--horizon', '20'],
    verdict:
      'The sign of tomorrow is noise, its size is not: a longer memory than the last value pays. The GRU has the least absolute error, the autoregression the least squared one.',
  },
  {
    id: 'temperature',
    title: 'Daily maximum temperature in Seattle, 2012–2015',
    file: `${DATA}seattle-weather.csv`,
    args: ['--column', 'temp_max', '--horizon', '10', '--period', '365'],
    verdict: 'Yesterday and last year both know something, many days know more: the whole past is best, the LSTM next.',
  },
  {
    id: 'co2',
    title: 'CO₂ at Mauna Loa, monthly, 1958–2020',
    file: `${DATA}co2-concentration.csv`,
    args: ['--column', 'CO2', '--horizon', '24', '--period', '12'],
    verdict:
      'A trend and a season: the autoregression, whose lags reach over a year and more, has it all. One step ahead the networks are better still; feeding themselves, they lose the trend.',
  },
];
