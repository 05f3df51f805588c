import { obtain } from '../download/obtain.js';
import {
  checkDownloadOptions,
  type DownloadOptions,
  type RemoteFile,
} from '../download/remoteFile.js';
import { numbersOf } from './numbersOf.js';
import type { SystemData } from './systemData.js';
import { TimeSeries } from './timeSeries.js';

const NAME = 'cascaded tanks';
const SOURCE =
  'Schoukens, Mattson, Wigren and Noël, "Cascaded tanks benchmark combining soft and hard nonlinearities", Workshop on ' +
  'Nonlinear System Identification Benchmarks 2016, nonlinearbenchmark.org; free for research';

const FILE: RemoteFile = {
  path: 'nonlinear-benchmarks/cascaded-tanks/dataBenchmark.csv',
  addresses: [
    'https://raw.githubusercontent.com/forgi86/sysid-neural-continuous/956aa7ecd73061b0321c6f6098d74c9e4a7ce67a/examples/CTS/data/dataBenchmark.csv',
  ],
  bytes: 30_014,
  sha256: 'ef2388ed822f3aef4aa80d6b0f2b466dd80b361786b3eafc7a2957c31ea323a7',
};

const STEP = 4;

/**
 * Two tanks one above the other, the upper one fed by a pump: two runs of 1024 instants, 4 s apart, the second to judge
 * by.
 *
 * The input is the `pump`'s voltage, the output the `level` of the lower tank, of which a sensor tells volts. Either
 * tank may overflow, the upper one into the lower; the starting levels are unknown, and the same in both runs. In
 * judging, 5 instants are left out. The file (30 kB) is taken from the data folder or downloaded once.
 *
 * Source: Schoukens, Mattson, Wigren and Noël, 2016.
 *
 * @throws DataError when the file cannot be had whole
 */
export async function cascadedTanks(options: DownloadOptions = {}): Promise<SystemData> {
  checkDownloadOptions('cascadedTanks', options);
  const text = new TextDecoder().decode(await obtain(FILE, options));
  // uEst, uVal, yEst, yVal, and in the first row the step of time
  const rows = numbersOf(FILE.path, text, 4, 1);
  const run = (part: string, input: number, output: number) => {
    const column = (index: number) => Float32Array.from(rows, (row) => row[index]!);
    return new TimeSeries({
      time: Float64Array.from(rows, (_, i) => STEP * i),
      inputs: { x: column(input), features: 1, columns: ['pump'], units: ['V'] },
      outputs: { x: column(output), features: 1, columns: ['level'], units: ['V'] },
      ...{ name: `${NAME}, ${part}`, source: SOURCE },
    });
  };
  return {
    ...{ name: NAME, source: SOURCE, skip: 5 },
    train: run('train', 0, 2),
    test: run('test', 1, 3),
  };
}
