import { obtain } from '../download/obtain.js';
import {
  checkDownloadOptions,
  type DownloadOptions,
  type RemoteFile,
} from '../download/remoteFile.js';
import { numbersOf } from './numbersOf.js';
import { TimeSeries } from './timeSeries.js';

const NAME = 'lynx and hare';
const SOURCE =
  'Hewitt, "The Conservation of the Wild Life of Canada", 1921; the file of stan-dev/example-models, BSD-3-Clause';

const FILE: RemoteFile = {
  path: 'lynx-hare/hudson-bay-lynx-hare.csv',
  addresses: [
    'https://raw.githubusercontent.com/stan-dev/example-models/2847a61097354785ceda9fba40c7f761d6664491/knitr/lotka-volterra/hudson-bay-lynx-hare.csv',
  ],
  bytes: 470,
  sha256: '66d3b24d30221a5654ab48cc461ea1d3f725f8f5719016f702cfb56610b4ee63',
};

/** The same numbers without remarks and trailing zeros. */
const COPY: RemoteFile = {
  path: 'lynx-hare/predpreyData.csv',
  addresses: [],
  bytes: 330,
  sha256: '54af0c5697f0cf4a9009fd1fff63b208a120bf7115c7bba8ba412ce7fcfd5426',
};

/**
 * Pelts of hares and lynxes that the Hudson's Bay Company took in, each year from 1900 to 1920: the standard example of
 * prey and predator.
 *
 * The outputs are `hare` and `lynx`, in thousands. The file (470 bytes) is taken from the data folder or downloaded
 * once.
 *
 * Source: Hewitt, 1921, as in Carpenter, "Predator-prey population dynamics: the Lotka-Volterra model in Stan", 2018.
 *
 * @throws DataError when the file cannot be had whole
 */
export async function lynxHare(options: DownloadOptions = {}): Promise<TimeSeries> {
  checkDownloadOptions('lynxHare', options);
  const text = new TextDecoder().decode(await obtain(FILE, options, [COPY]));
  const rows = numbersOf(FILE.path, text, 3, 1);
  return new TimeSeries({
    time: Float64Array.from(rows, ([year]) => year!),
    timeUnit: 'year',
    outputs: {
      x: Float32Array.from(rows.flatMap(([, lynx, hare]) => [hare!, lynx!])),
      ...{ features: 2, columns: ['hare', 'lynx'], units: ['thousands', 'thousands'] },
    },
    ...{ name: NAME, source: SOURCE },
  });
}
