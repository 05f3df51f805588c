import {
  expertAugmentation,
  extrapolationReport,
  type HybridModel,
  type ParameterLaw,
  type SimulatedSystem,
  type Trajectories,
  type TrajectoryPicture,
} from '@pushforward/hybrid';
import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Run } from '../experiments/experiment.js';
import { learn, type Recipe, withTrained } from './learn.js';

/** Systems to learn from and to be judged by. */
export interface AugmentationSize {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** States that are seen of each, and those to which it is forecast, the first included. */
  readonly seen: number;
  readonly forecast: number;
  /** Training of the whole model, and of the encoder on augmented data. */
  readonly recipe: Recipe;
  readonly fineTuning: Recipe;
  /** What it counts there to tell the parameters that were drawn; 1 by default. */
  readonly supervision?: number;
}

/** Systems of which an expert knows a part, and the wider law that its encoder is then taught. */
export interface AugmentationStudy extends AugmentationSize {
  readonly system: SimulatedSystem;
  /** The law of what is learned from, and the one that is not. */
  readonly laws: Readonly<Record<SystemLaw, string | ParameterLaw>>;
  readonly wider: ParameterLaw;
}

/** Which systems a model is judged on: new ones of the law of training, or of a shifted one. */
export type SystemLaw = 'training' | 'shifted';

/** How good a model is on the systems of one law. */
export interface JudgedSystems {
  /** Mean over the expert's parameters of |error| / parameter, in %, of each system. */
  readonly parameterErrors: readonly number[];
  /** Mean squared distance of the forecast behind the times of training, of each system. */
  readonly squares: readonly number[];
  /** Times and states of the first of them, as they were and as they were forecast. */
  readonly times: readonly number[];
  readonly example: TrajectoryPicture;
}

type JudgedByLaw = Readonly<Record<SystemLaw, JudgedSystems>>;

/** A model as it was trained, and with its encoder fine-tuned. */
export interface AugmentationFound {
  readonly plain: JudgedByLaw;
  readonly augmented: JudgedByLaw;
}

/** So many systems tell the noise; of thousands, fields do not fit into memory at once. */
const calibrating = 500;

/** Trains a hybrid model, judges it on its own law and on a shifted one, augments it and judges it again. */
export async function beforeAndAfter(
  { key, control }: Run,
  study: AugmentationStudy,
  build: (key: Key, times: readonly number[]) => HybridModel,
): Promise<AugmentationFound> {
  const [forData, forModel, forTuning, forJudging] = key.split(4);
  const { system, laws, seen, recipe, fineTuning, supervision = 1 } = study;
  const [forTrain, forValidation, forTest, forShifted] = forData.split(4);
  const train = system.draw(forTrain, study.train, laws.training).until(seen);
  const validation = system.draw(forValidation, study.validation, laws.training).until(seen);
  const drawn = (key: Key, law: SystemLaw) =>
    system.draw(key, study.test, laws[law]).until(study.forecast);
  const usual = drawn(forTest, 'training');
  const shifted = drawn(forShifted, 'shifted');
  const judged = (model: HybridModel): JudgedByLaw => ({
    training: judge(forJudging, model, usual, seen),
    shifted: judge(forJudging, model, shifted, seen),
  });
  return withTrained(
    forModel,
    (key) => build(key, train.times),
    { train, validation },
    recipe,
    control,
    async (model) => {
      const plain = judged(model);
      const batch = train
        .subset(Array.from({ length: Math.min(train.length, calibrating) }, (_, i) => i))
        .batch();
      model.calibrate(batch);
      tf.dispose([batch]);
      const augmentation = expertAugmentation(model, { parameters: study.wider, supervision });
      await learn(forTuning, augmentation, { train, validation }, fineTuning, control);
      return { plain, augmented: judged(model) };
    },
  );
}

function judge(key: Key, model: HybridModel, data: Trajectories, seen: number): JudgedSystems {
  const { errors, times, pictures } = extrapolationReport(model, key, data, { pictures: 1 });
  return {
    parameterErrors: parameterErrors(model, data, seen),
    squares: errors,
    ...{ times, example: pictures[0]! },
  };
}

/** sum_k |(z_k - mu_k) / z_k| / K of each system, in %. */
function parameterErrors(model: HybridModel, data: Trajectories, seen: number): number[] {
  const observed = data.until(seen).batch();
  const estimates = model.estimate(observed);
  const found = Object.entries(estimates).map(([name, values]) => ({
    truth: data.parameters[name]!,
    told: values.dataSync(),
  }));
  tf.dispose([observed, estimates]);
  return Array.from({ length: data.length }, (_, i) => {
    const errors = found.map(({ truth, told }) => Math.abs(told[i]! / truth[i]! - 1));
    return (100 * errors.reduce((sum, error) => sum + error, 0)) / found.length;
  });
}
