import { obtain } from '../download/obtain.js';
import {
  checkDownloadOptions,
  type DownloadOptions,
  type RemoteFile,
} from '../download/remoteFile.js';
import { numbersOf } from './numbersOf.js';
import { TimeSeries } from './timeSeries.js';

const SOURCE =
  'Schmidt and Lipson, "Distilling free-form natural laws from experimental data", Science 324 (2009) 81, supplement; ' +
  'no licence is stated, for research';

const ADDRESS =
  'https://raw.githubusercontent.com/erwincoumans/tiny-differentiable-simulator/' +
  '8381b8c9ad7f0a959548e4982eb8a63431a842d2/data/schmidt-lipson-exp-data';

interface Recording {
  readonly name: string;
  readonly file: RemoteFile;
  readonly timeUnit: string;
  /** Of position, velocity and acceleration. */
  readonly columns: readonly string[];
  readonly units: readonly string[];
}

const PENDULUM: Recording = {
  name: 'real pendulum',
  file: file(
    'real_pend_a_1.txt',
    70_621,
    'fa2c8acd5f91a315f1c94eac1d84f5919063f6c57ba98e96b9fd51dd7cba8970',
  ),
  timeUnit: 'unit',
  columns: ['angle', 'velocity', 'acceleration'],
  units: ['rad', 'rad / unit', 'rad / unit^2'],
};

const MASS_SPRING: Recording = {
  name: 'real mass on springs',
  file: file(
    'real_linear_a_1.txt',
    110_499,
    '6e656e34c61ab5730877ceb6e71b3a1eed239b64b3d7e816ae5f37690a205d42',
  ),
  timeUnit: 's',
  columns: ['position', 'velocity', 'acceleration'],
  units: ['step', 'step / s', 'step / s^2'],
};

function file(name: string, bytes: number, sha256: string): RemoteFile {
  return { path: `schmidt-lipson/${name}`, addresses: [`${ADDRESS}/${name}`], bytes, sha256 };
}

/**
 * A real pendulum that swings out, filmed: 556 instants, with gaps where the tracker lost it. The outputs are angle,
 * velocity and acceleration, the latter two as the authors' smoothing gives them.
 *
 * Time runs from 5 to 99.5 in steps of 1/6, in a unit that the file does not name and that is not the second. An
 * acceleration of -1.26 sin(angle) - 0.01 velocity is near. The file (71 kB) is taken from the data folder or
 * downloaded once.
 *
 * Source: Schmidt and Lipson, Science 324 (2009) 81.
 *
 * @throws DataError when the file cannot be had whole
 */
export function realPendulum(options: DownloadOptions = {}): Promise<TimeSeries> {
  checkDownloadOptions('realPendulum', options);
  return recording(PENDULUM, options);
}

/**
 * A real cart between springs on an air track that swings out, filmed: 870 instants of 1/30 s. The outputs are
 * position, velocity and acceleration, the latter two as the authors' smoothing gives them; the position is in whole
 * steps of the camera, of unknown length, from -102 to 102.
 *
 * The file (110 kB) is taken from the data folder or downloaded once.
 *
 * Source: Schmidt and Lipson, Science 324 (2009) 81.
 *
 * @throws DataError when the file cannot be had whole
 */
export function realMassSpring(options: DownloadOptions = {}): Promise<TimeSeries> {
  checkDownloadOptions('realMassSpring', options);
  return recording(MASS_SPRING, options);
}

/** Rows of trial, time, position, acceleration, velocity. */
async function recording(
  { name, file, timeUnit, columns, units }: Recording,
  options: DownloadOptions,
): Promise<TimeSeries> {
  const text = new TextDecoder().decode(await obtain(file, options));
  const rows = numbersOf(name, text, 5);
  return new TimeSeries({
    time: Float64Array.from(rows, (row) => row[1]!),
    outputs: {
      x: Float32Array.from(
        rows.flatMap(([, , position, acceleration, velocity]) => [
          position!,
          velocity!,
          acceleration!,
        ]),
      ),
      ...{ features: 3, columns, units },
    },
    ...{ name, timeUnit, source: SOURCE },
  });
}
