import { obtain } from '../download/obtain.js';
import {
  checkDownloadOptions,
  type DownloadOptions,
  type RemoteFile,
} from '../download/remoteFile.js';
import { numbersOf } from './numbersOf.js';
import type { SystemData } from './systemData.js';
import { TimeSeries } from './timeSeries.js';

const NAME = 'EMPS';
const SOURCE =
  'Janot, Gautier and Brunot, "Data set and reference models of EMPS", Workshop on Nonlinear System Identification ' +
  'Benchmarks 2019, nonlinearbenchmark.org; free for research';

const TRAIN = file(
  'DATA_EMPS',
  1_055_902,
  '402334e79b8e2b87ec8480a5829d78f09400546386186e8ab957dcdd0f201a73',
);
const TEST = file(
  'DATA_EMPS_PULSES',
  1_153_531,
  '5edb3a5774f55f222f65b4ee0a59535b6f2c4c4e1284e1aac184c1f61f25e5c4',
);

function file(name: string, bytes: number, sha256: string): RemoteFile {
  const path = `nonlinear-benchmarks/emps/derived/${name}.csv`;
  return { path, addresses: [], bytes, sha256 };
}

/**
 * A drive that moves a load along a screw, the electro-mechanical positioning system: two runs of 24.84 s at 1 kHz
 * under closed-loop control, the second with pulses of force as disturbances, to judge by.
 *
 * The input is the motor's `voltage` in V; `emps.forcePerVolt` times it is the force in N. The output is the load's
 * `position` in m. The usual model is M q'' = F - F_v q' - F_c sign(q') - c. In judging, 20 instants are left out.
 *
 * The files are not downloaded: export t, qg, qm and vir of `DATA_EMPS.mat` and, with pulses_N, of
 * `DATA_EMPS_PULSES.mat`, from nonlinearbenchmark.org, to
 * `nonlinear-benchmarks/emps/derived/{DATA_EMPS,DATA_EMPS_PULSES}.csv` in the data folder, with nine significant
 * digits.
 *
 * Source: Janot, Gautier and Brunot, 2019.
 *
 * @throws DataError when a file is absent or not the one with this checksum
 */
export async function emps(options: DownloadOptions = {}): Promise<SystemData> {
  checkDownloadOptions('emps', options);
  return {
    ...{ name: NAME, source: SOURCE, skip: 20 },
    train: await run('train', TRAIN, options),
    test: await run('test', TEST, options),
  };
}

/** Newton of force for each volt: gtau of the files. */
emps.forcePerVolt = 35.15065188;

/** Rows of time, reference, position, voltage. */
async function run(part: string, file: RemoteFile, options: DownloadOptions): Promise<TimeSeries> {
  const text = new TextDecoder().decode(await obtain(file, options));
  const rows = numbersOf(file.path, text, 4, 1);
  const column = (index: number) => Float32Array.from(rows, (row) => row[index]!);
  return new TimeSeries({
    time: Float64Array.from(rows, ([t]) => t!),
    inputs: { x: column(3), features: 1, columns: ['voltage'], units: ['V'] },
    outputs: { x: column(2), features: 1, columns: ['position'], units: ['m'] },
    ...{ name: `${NAME}, ${part}`, source: SOURCE },
  });
}
