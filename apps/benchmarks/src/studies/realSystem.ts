import {
  aphynity,
  dirac,
  type Expert,
  expert as expertOf,
  type HybridModel,
  type HybridOptions,
  hybrid,
  type Remainder,
  sameForAll,
  type Trajectories,
} from '@pushforward/hybrid';
import { type Key, Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Control, type Recipe, train } from './learn.js';
import { type Scales, scaledNetwork } from './scaledNetwork.js';

/** What is known and what is learned: the expert's field, a network's, or their sum. */
export const realKinds = {
  expert: 'expert alone',
  network: 'network alone',
  hybrid: 'hybrid',
} as const;
export type RealKind = keyof typeof realKinds;

/** A system that was measured. */
export interface RealSystem {
  readonly expert: Expert;
  /** Pieces of what was measured, to learn from. */
  readonly train: Trajectories;
  /** What models are judged by. */
  readonly test: Trajectories;
  /** Means and deviations of the states and, behind them, of the inputs; deviations of the slopes of states. */
  readonly scales: { readonly point: Scales; readonly slope: Scales };
  /** How states are seen. */
  readonly observation: Pick<HybridOptions, 'observed' | 'past' | 'start' | 'held' | 'solver'>;
  /** Of the networks of slopes; `'silu'` by default. Behind `'tanh'` slopes are bounded where nothing was seen. */
  readonly activation?: 'silu' | 'tanh';
  /** How much the fit of the hybrid counts beside the size of what is learned. */
  readonly lambda: number;
}

/** How models learn, all three alike. */
export interface RealSize {
  /** Layers of what is learned of the slope. */
  readonly hidden: readonly number[];
  /** The same where an expert is beside it; `[]` where that is a linear map. */
  readonly remainder?: readonly number[];
  readonly recipe: Recipe;
}

/** A trained model's forecast of the test part, `[N][T][O]`, and the expert's parameters as it found them. */
export interface RealFound {
  readonly forecast: number[][][];
  readonly estimates: Readonly<Record<string, number>>;
}

/** Learns one of the three models and lets it foretell the test part. */
export async function realSystem(
  key: Key,
  kind: RealKind,
  system: RealSystem,
  size: RealSize,
  control: Control,
): Promise<RealFound> {
  const [forModel, forTraining] = key.split(2);
  const model = modelOf(forModel, kind, system, size);
  try {
    await train(forTraining, model, { train: system.train }, size.recipe, control);
    return found(model, system);
  } finally {
    model.dispose();
  }
}

function modelOf(
  key: Key,
  kind: RealKind,
  { expert, train, scales, activation, observation, lambda }: RealSystem,
  { hidden, remainder = hidden }: RealSize,
): HybridModel {
  return hybrid(key, {
    expert: kind === 'network' ? knowingNothing(expert) : expert,
    ...{ times: train.times, latent: 0, encoder: sameForAll(), posterior: dirac },
    ...observation,
    remainder: (key, sizes) =>
      kind === 'expert'
        ? new Nothing(sizes.outputs)
        : scaledNetwork(
            kind === 'hybrid' ? remainder : hidden,
            scales.point,
            scales.slope,
            activation,
          )(key, sizes),
    // A network alone has no expert to stay near: that it is large is to cost next to nothing.
    objective: aphynity(
      kind === 'hybrid' ? { lambda, tau: lambda / 1000 } : { lambda: 1e4 * lambda, tau: 1 },
    ),
  });
}

/** What is forecast from the starts and by the inputs of the test part. */
function found(model: HybridModel, { train, test }: RealSystem): RealFound {
  const [forecast, named] = tf.tidy(() => {
    // The posterior reads nothing, so that any trajectories of training select it.
    const observed = train.subset(Array<number>(test.length).fill(0)).batch();
    const read = tf.concat([tf.reshape(observed.x, [test.length, -1]), observed.context!], 1);
    const z = model.posterior.middle(read);
    const times = test.times.slice(test.past - 1);
    return [model.decoder.respond(z, test.batch().context!, times), model.expert.named(z)];
  });
  const estimates = Object.entries(named).map(([name, values]) => [name, values.dataSync()[0]!]);
  const numbers = forecast.arraySync() as number[][][];
  tf.dispose([forecast, named]);
  return { forecast: numbers, estimates: Object.fromEntries(estimates) as Record<string, number> };
}

/** An expert of the same states and inputs to whom nothing ever changes. */
function knowingNothing({ state, inputs }: Expert): Expert {
  return expertOf({
    parameters: { none: { min: 0, max: 1 } },
    ...{ state, inputs },
    field: (_, y) => Object.fromEntries(state.map((name) => [name, tf.zerosLike(y[name]!)])),
  });
}

/** Adds nothing to an expert. */
class Nothing extends Module implements Remainder {
  constructor(private readonly outputs: number) {
    super();
  }

  apply(x: Tensor): Tensor {
    return tf.zeros([...x.shape.slice(0, -1), this.outputs]);
  }
}
