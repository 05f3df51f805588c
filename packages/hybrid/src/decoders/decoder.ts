import { Network } from '@pushforward/nn';
import { checkEvent, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from '../expert.js';
import type { Observation } from '../observation.js';
import { type Addition, type Solver, solve } from '../solve.js';

/** What all decoders are told. */
export interface DecoderParts {
  /** What is known. */
  readonly expert: Expert;
  /** What is seen of its states. */
  readonly observation: Observation;
  /** When states are seen in training, from the last time of the past on. */
  readonly times: readonly number[];
  /** Numbers of z_a, A. */
  readonly latent: number;
  /** How the differential equation is solved. */
  readonly solver: Solver;
}

/**
 * From z = (z_e, z_a) and the context to the trajectory without noise: the interaction model around an expert's response.
 *
 * As a network it reads z and, behind it, the context, and tells what is seen behind the past, flattened.
 */
export abstract class HybridDecoder extends Network {
  /** What is known. */
  readonly expert: Expert;
  /** What is seen of its states. */
  readonly observation: Observation;
  /** When states are seen in training, from the last time of the past on. */
  readonly times: readonly number[];
  /** Numbers of z_a, A. */
  readonly latent: number;
  override readonly inputs: number;
  override readonly outputs: number;
  /** How the differential equation is solved. */
  private readonly solver: Solver;

  protected constructor({ expert, observation, times, latent, solver }: DecoderParts) {
    super();
    this.expert = expert;
    this.observation = observation;
    this.times = times;
    this.latent = latent;
    this.solver = solver;
    this.inputs = this.latentSize + observation.contextSize(times.length);
    this.outputs = (times.length - 1) * observation.size;
  }

  /** Numbers of z, K + A. */
  get latentSize(): number {
    return this.expert.names.length + this.latent;
  }

  /** `[T, ...grid, O]`. */
  get responseShape(): number[] {
    return [this.times.length - 1, ...this.observation.shape];
  }

  /**
   * What is seen of the hybrid model's trajectory.
   *
   * @param z shape `[N, K + A]`
   * @param context shape `[N, C]`
   * @param times others than those of training, the last of the past included, where the decoder can
   * @returns what is seen behind the past, shape `[N, T, ...grid, O]`
   */
  abstract respond(z: Tensor, context: Tensor, times?: readonly number[]): Tensor;

  /**
   * How far the hybrid model is from its expert, which learning keeps small.
   *
   * @param z shape `[N, K + A]`
   * @param context shape `[N, C]`
   * @param y trajectories that were seen, shape `[N, T, ...grid, O]`
   * @returns a scalar, the mean over them
   */
  abstract distance(z: Tensor, context: Tensor, y: Tensor): Tensor;

  /** The expert's own trajectory, y_e: as {@link respond}. */
  expertResponse(z: Tensor, context: Tensor, times = this.times): Tensor {
    return tf.tidy(() => {
      const ze = tf.slice(z, [0, 0], [-1, this.expert.names.length]);
      return this.observation.of(this.statesBehind(ze, context, times));
    });
  }

  override apply(x: Tensor): Tensor {
    checkEvent('HybridDecoder', x, [this.inputs]);
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inputs]);
      const [z, context] = tf.split(rows, [this.latentSize, this.inputs - this.latentSize], 1);
      return tf.reshape(this.respond(z!, context!), [...x.shape.slice(0, -1), this.outputs]);
    });
  }

  /** The states behind the past, all of their numbers, shape `[N, T, ...grid, S]`. */
  protected statesBehind(
    z: Tensor,
    context: Tensor,
    times: readonly number[],
    addition?: Addition,
  ): Tensor {
    const conditions = this.observation.conditions(context, times.length);
    return behindFirst(solve(this.expert, z, conditions, times, this.solver, addition));
  }

  /** z_a, shape `[N, A]`. */
  protected learned(z: Tensor): Tensor {
    return tf.slice(z, [0, this.expert.names.length], [-1, this.latent]);
  }

  /** @throws OptionError where times are asked for that this decoder has not been trained at */
  protected checkTimes(times: readonly number[]): void {
    if (times.length !== this.times.length || times.some((t, i) => t !== this.times[i]))
      throw new OptionError(
        'HybridDecoder: this decoder reads whole trajectories and knows the times of its training alone; ' +
          'an additive one goes on to any.',
      );
  }
}

/** The states behind the first. */
function behindFirst(states: Tensor): Tensor {
  return tf.slice(
    states,
    states.shape.map((_, axis) => (axis === 1 ? 1 : 0)),
    states.shape.map((size, axis) => (axis === 1 ? size - 1 : size)),
  );
}
