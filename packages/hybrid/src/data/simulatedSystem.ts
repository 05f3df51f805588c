import { checkCount, type Key, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from '../expert.js';
import { simulate } from '../simulate.js';
import type { Solver } from '../solve.js';
import { Trajectories } from './trajectories.js';

/** Uniform laws of parameters, each by its ends. */
export type ParameterLaw = Readonly<Record<string, readonly [low: number, high: number]>>;

/** What a {@link SimulatedSystem} is made of. */
interface Parts {
  readonly expert: Expert;
  readonly truth: Expert;
  readonly times: readonly number[];
  readonly laws: Readonly<Record<string, ParameterLaw>>;
  readonly start: (key: Key, n: number) => Tensor;
  readonly noise: number;
  readonly solver: Solver;
}

/** Systems of which everything is known: what an expert says of them, what is true, and laws of their parameters. */
export class SimulatedSystem {
  /** What the expert knows: the truth without its remainder. */
  readonly expert: Expert;
  /** What is true. */
  readonly truth: Expert;
  /** When states are seen. */
  readonly times: readonly number[];
  /** Laws of the parameters of the truth by name: `training`, and shifted ones. */
  readonly laws: Readonly<Record<string, ParameterLaw>>;
  /** Standard deviation of the noise on everything that is seen, the first state included. */
  readonly noise: number;

  /** @internal */
  constructor(private readonly parts: Parts) {
    ({
      expert: this.expert,
      truth: this.truth,
      times: this.times,
      laws: this.laws,
      noise: this.noise,
    } = parts);
  }

  /**
   * Independent trajectories; the same key gives the same ones.
   *
   * @param law a name among `laws`, or ends of uniform laws; `'training'` by default
   * @throws OptionError for a name or parameters that are unknown
   */
  draw(key: Key, n: number, law: string | ParameterLaw = 'training'): Trajectories {
    checkCount('draw', 'the number of trajectories', n, 1);
    const { expert, truth, times } = this;
    const ends = typeof law === 'string' ? this.lawOf(law) : law;
    let drawn!: Trajectories;
    tf.tidy(() => {
      const [forParameters, forStart, forNoise] = key.split(3);
      const keys = forParameters.split(truth.names.length);
      const columns = Object.fromEntries(
        Object.entries(ends).map(([name, [low, high]]) => {
          const column = keys[truth.names.indexOf(name)];
          return [name, (column ?? key).uniform([n], low, high)];
        }),
      );
      const states = simulate(truth, {
        parameters: truth.vector(columns),
        context: this.parts.start(forStart, n),
        times,
        solver: this.parts.solver,
      });
      const seen = tf.add(states, tf.mul(this.noise, forNoise.normal(states.shape)));
      drawn = new Trajectories({
        times,
        stateShape: expert.stateShape,
        states: seen.dataSync() as Float32Array,
        parameters: Object.fromEntries(
          Object.entries(columns).map(([name, values]) => [
            name,
            values.dataSync() as Float32Array,
          ]),
        ),
      });
    });
    return drawn;
  }
  private lawOf(name: string): ParameterLaw {
    const law = this.laws[name];
    if (law === undefined)
      throw new OptionError(
        `draw: known laws are ${Object.keys(this.laws).join(', ')}, got '${name}'.`,
      );
    return law;
  }
}
