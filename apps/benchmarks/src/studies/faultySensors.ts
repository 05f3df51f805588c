import type { Split } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import { gaussian, perceptron, type VAE, vae } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { type Control, type Recipe, withTrained } from './learn.js';
import { type Fault, knownColumns, plant, sensorColumns, sensors } from './sensors.js';
import { type TypedScores, typedScores } from './typedScores.js';

/** How much is computed. */
export interface SensorSize {
  /** Rows to learn from, and of each fault to judge by. */
  readonly train: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly latent: number;
  readonly recipe: Recipe;
}

/** The scores of rows with each fault. */
export type FaultScores = Readonly<Record<Fault, TypedScores>>;

/** Which model: of sensors alone, or given what is known of their groups. */
export const kinds = ['plain', 'conditional'] as const;
export type Kind = (typeof kinds)[number];

/** Trains an auto-encoder of sensors, and one given what is known, and scores rows without and with faults. */
export async function faultySensors(
  key: Key,
  size: SensorSize,
  control: Control,
): Promise<Record<Kind, FaultScores>> {
  const [forPlant, forRows, forModels] = key.split(3);
  const [forTrain, forValidation, ...forTests] = forRows.split(5);
  const system = plant(forPlant);
  const train = await sensors(forTrain!, system, size.train);
  const validation = await sensors(forValidation!, system, size.test);
  const tests = {
    none: await sensors(forTests[0]!, system, size.test),
    sensor: await sensors(forTests[1]!, system, size.test, 'sensor'),
    group: await sensors(forTests[2]!, system, size.test, 'group'),
  };
  tf.dispose([system.slopes, system.offsets]);

  const scoresBy = (key: Key, context: number, view: (rows: Split) => Split) =>
    withTrained(
      key,
      (key) => modelOf(key, context, size),
      { train: view(train), validation: view(validation) },
      size.recipe,
      control,
      async (model): Promise<FaultScores> => ({
        none: await typedScores(key, model, view(tests.none)),
        sensor: await typedScores(key, model, view(tests.sensor)),
        group: await typedScores(key, model, view(tests.group)),
      }),
    );
  const [forPlain, forConditional] = forModels.split(2);
  return {
    plain: await scoresBy(forPlain, 0, (rows) => rows.select(sensorColumns)),
    conditional: await scoresBy(forConditional, knownColumns.length, (rows) =>
      rows.given(knownColumns),
    ),
  };
}

function modelOf(key: Key, context: number, { hidden, latent }: SensorSize): VAE {
  return vae(key, {
    likelihood: gaussian(sensorColumns.length, { variance: 'predicted', floor: 0.01 }),
    ...{ latent, context, encoder: perceptron(hidden), decoder: perceptron(hidden) },
  });
}
