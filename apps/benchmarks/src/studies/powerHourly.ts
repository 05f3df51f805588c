import { csv, type Dataset, dequantise, Split, standardise } from '@pushforward/datasets';
import { DataError, type Key } from '@pushforward/tensors';

const file = 'power-hourly/household_power_consumption_hourly.csv';
/** The first row is for the hour from 17 to 18, and no hour is left out. */
const firstHour = 17;
const rowsInAll = 34_589;
const sums = ['Global_active_power', 'Voltage'];
/** Whole watt-hours. */
const meters = ['Sub_metering_1', 'Sub_metering_2', 'Sub_metering_3'];

/**
 * Consumption of a household hour by hour: what is at hand of POWER, whose rows are minutes, prepared like it.
 *
 * Six columns: the hour of the day, active power, voltage and three meters, all but the first sums over the hour. What is
 * whole numbers gets uniform noise; rows are shuffled, a tenth is for testing and a tenth of the rest to stop by, and
 * columns are standardised by what is not for testing.
 *
 * @throws DataError where the file is absent or another one
 */
export async function powerHourly(key: Key): Promise<Dataset> {
  const folder = process.env.PUSHFORWARD_DATA;
  if (!folder)
    throw new DataError(`${file} cannot be downloaded: name its folder with PUSHFORWARD_DATA.`);
  const [forNoise, forTest, forValidation] = key.split(3);
  const columns = [...meters, ...sums];
  const table = await csv(`${folder}/${file}`, { columns, name: 'POWER by the hour' });
  if (table.length !== rowsInAll)
    throw new DataError(`${folder}/${file}: expected ${rowsInAll} rows, got ${table.length}.`);
  const all = withHour(table, forNoise);
  // The first and the last hour are parts of one.
  const { train: rest, test } = all.slice(1, all.length - 1).trainTest(forTest, 0.1);
  const { train, test: validation } = rest.trainTest(forValidation, 0.1);
  const x = standardise(rest);
  return {
    name: table.name,
    source: 'UCI Machine Learning Repository, individual household electric power; CC BY 4.0',
    train: train.transform({ x }),
    validation: validation.transform({ x }),
    test: test.transform({ x }),
  };
}

/** The table with the hour of the day as its first column, and uniform noise on that and on the meters. */
function withHour({ x, length, name, source }: Split, key: Key): Split {
  const columns = ['hour', ...meters, ...sums];
  const width = columns.length;
  const noisy = 1 + meters.length;
  const whole = new Float32Array(length * noisy);
  for (let i = 0; i < length; i++) {
    const meters = x.subarray(i * (width - 1), i * (width - 1) + noisy - 1);
    whole.set([(firstHour + i) % 24, ...meters], i * noisy);
  }
  const noise = dequantise(key, 16_384).apply({ x: whole, features: noisy });
  const rows = new Float32Array(length * width);
  for (let i = 0; i < length; i++) {
    rows.set(noise.subarray(i * noisy, (i + 1) * noisy), i * width);
    const first = i * (width - 1) + meters.length;
    rows.set(x.subarray(first, first + sums.length), i * width + noisy);
  }
  return new Split({ name, source, x: rows, columns });
}
