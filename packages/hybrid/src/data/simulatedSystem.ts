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

  /** @internal Numbers that are simulated together: thousands of fields do not fit into memory at once. */
  readonly atOnce: number = 2 ** 23;

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
      const parameters = truth.vector(columns);
      const start = this.parts.start(forStart, n);
      const size = times.length * expert.stateSize;
      const states = new Float32Array(n * size);
      const most = Math.max(1, Math.floor(this.atOnce / size));
      for (let i = 0; i < n; i += most)
        tf.tidy(() => {
          const rows = (x: Tensor) => tf.slice(x, [i, 0], [Math.min(most, n - i), -1]);
          const part = simulate(truth, {
            ...{ parameters: rows(parameters), context: rows(start), times },
            solver: this.parts.solver,
          });
          const keyHere = i === 0 ? forNoise : forNoise.foldIn(i);
          const seen = tf.add(part, tf.mul(this.noise, keyHere.normal(part.shape)));
          states.set(seen.dataSync(), i * size);
        });
      drawn = new Trajectories({
        times,
        stateShape: expert.stateShape,
        states,
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
