import { OptionError } from '@pushforward/tensors';
import { parseCsv } from '../csv/parse.js';
import { Split } from '../split/split.js';
import { obtain } from './obtain.js';
import { checkDownloadOptions, type DownloadOptions, type RemoteFile } from './remoteFile.js';

const UCI = 'https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality';

const SOURCE =
  'Cortez et al., "Modeling wine preferences by data mining from physicochemical properties", Decision Support ' +
  'Systems 47, 2009; UCI Machine Learning Repository, CC BY 4.0';

const COLUMNS = [
  'fixed acidity',
  'volatile acidity',
  'citric acid',
  'residual sugar',
  'chlorides',
  'free sulfur dioxide',
  'total sulfur dioxide',
  'density',
  'pH',
  'sulphates',
  'alcohol',
];

/** The original, and the same numbers with commas and without a header as in github.com/jbrownlee/Datasets. */
const FILES: Readonly<Record<'red' | 'white', { original: RemoteFile; copy: RemoteFile }>> = {
  red: {
    original: {
      path: 'wine-quality/winequality-red.csv',
      addresses: [`${UCI}/winequality-red.csv`],
      bytes: 84199,
      sha256: '4a402cf041b025d4566d954c3b9ba8635a3a8a01e039005d97d6a710278cf05e',
    },
    copy: {
      path: 'uci/jbrownlee/winequality-red.csv',
      addresses: [],
      bytes: 84028,
      sha256: 'c9614512e980f1cbd221c796daa97f00c4898c3cd1716863abac60f6cd1a522e',
    },
  },
  white: {
    original: {
      path: 'wine-quality/winequality-white.csv',
      addresses: [`${UCI}/winequality-white.csv`],
      bytes: 264426,
      sha256: '76c3f809815c17c07212622f776311faeb31e87610d52c26d87d6e361b169836',
    },
    copy: {
      path: 'uci/jbrownlee/winequality-white.csv',
      addresses: [],
      bytes: 264255,
      sha256: '659d419fff887f225bf977d20520bb64a64cae203e460087f809721d4430ba27',
    },
  },
};

/**
 * Physicochemical tests of Portuguese wines: 1599 red or 4898 white ones, eleven columns; the target is the quality
 * that tasters gave, a number from 0 to 10.
 *
 * Source: Cortez, Cerdeira, Almeida, Matos and Reis, "Modeling wine preferences by data mining from physicochemical
 * properties", Decision Support Systems 47, 2009; UCI Machine Learning Repository, CC BY 4.0.
 *
 * @throws DataError when the file cannot be had whole
 */
export async function wineQuality(
  colour: 'red' | 'white',
  options: DownloadOptions = {},
): Promise<Split> {
  checkDownloadOptions('wineQuality', options);
  if (!(colour in FILES))
    throw new OptionError(`wineQuality: the colour must be 'red' or 'white', got '${colour}'.`);
  const { original, copy } = FILES[colour];
  const bytes = await obtain(original, options, [copy]);
  const name = `wine quality, ${colour}`;
  const table = parseCsv(new TextDecoder().decode(bytes), { name });
  return new Split({
    name,
    source: SOURCE,
    x: table.select(table.columns.slice(0, -1)).x,
    columns: COLUMNS,
    target: { name: 'quality', values: table.select(table.columns.slice(-1)).x },
  });
}
