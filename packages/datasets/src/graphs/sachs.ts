import type { Key } from '@pushforward/tensors';
import { parseCsv } from '../csv/parse.js';
import { obtain } from '../download/obtain.js';
import {
  checkDownloadOptions,
  type DownloadOptions,
  type RemoteFile,
} from '../download/remoteFile.js';
import { type Dataset, Split } from '../split/split.js';
import { along } from './graphLaw.js';

const NAME = 'Sachs proteins';
const SOURCE =
  'Sachs, Perez, Pe\'er, Lauffenburger and Nolan, "Causal protein-signaling networks derived from multiparameter ' +
  'single-cell data", Science 308 (2005) 523; parts of Wehenkel and Louppe, CC BY 4.0';

const COLUMNS = ['raf', 'mek', 'plc', 'pip2', 'pip3', 'erk', 'akt', 'pka', 'pkc', 'p38', 'jnk'];

const FILES = {
  train: file(
    'X_train',
    1_394_692,
    'ef4bc649a1d94f47f9d081ada77f17521df4fca11cf4804cd26921b5e49ae354',
  ),
  test: file(
    'X_valid',
    231_706,
    '92357576249c6f452c03119ec2fd47224e3276264ef4ec171f2475f161fdb5ac',
  ),
};

function file(name: string, bytes: number, sha256: string): RemoteFile {
  return { path: `sachs/gnf/derived/${name}.csv`, addresses: [], bytes, sha256 };
}

/**
 * Amounts of eleven proteins in single human cells under fourteen conditions: 9000 cells for training, 1000, drawn by
 * key, to stop by, and the 1672 of the published validation file to judge by.
 *
 * The amounts are as they were measured, with heavy tails; models want them standardised, by the training part, or
 * their logarithms. They are not downloaded: they must lie in the data folder, as
 * `sachs/gnf/derived/{X_train,X_valid}.csv`.
 *
 * `sachs.adjacency` is the network that experts agree on, of 20 edges. The software of Wehenkel and Louppe has plc ->
 * pip3 where it has pip3 -> plc; as independencies go, the two are the same.
 *
 * @throws DataError when a file is absent or not the one with this checksum
 */
export async function sachs(key: Key, options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('sachs', options);
  const { train, test: validation } = (await table(FILES.train, options)).trainTest(key, 0.1);
  return { name: NAME, source: SOURCE, train, validation, test: await table(FILES.test, options) };
}

/** The name of each protein. */
sachs.columns = COLUMNS as readonly string[];

/** The consensus network, of 20 edges: `adjacency[i][j] = 1` where protein j acts on protein i. */
sachs.adjacency = along(COLUMNS, [
  ['erk', 'akt'],
  ['mek', 'erk'],
  ['pip2', 'pkc'],
  ['pip3', 'akt'],
  ['pip3', 'pip2'],
  ['pip3', 'plc'],
  ['pka', 'akt'],
  ['pka', 'erk'],
  ['pka', 'jnk'],
  ['pka', 'mek'],
  ['pka', 'p38'],
  ['pka', 'raf'],
  ['pkc', 'jnk'],
  ['pkc', 'mek'],
  ['pkc', 'p38'],
  ['pkc', 'pka'],
  ['pkc', 'raf'],
  ['plc', 'pip2'],
  ['plc', 'pkc'],
  ['raf', 'mek'],
]) as readonly (readonly number[])[];

async function table(file: RemoteFile, options: DownloadOptions): Promise<Split> {
  const text = `${COLUMNS.join()}\n${new TextDecoder().decode(await obtain(file, options))}`;
  const { x, columns } = parseCsv(text, { name: NAME, header: true });
  return new Split({ name: NAME, source: SOURCE, x, columns });
}
