import { GRU, Linear, MLP } from '@pushforward/nn';
import { Key, Module, odeSolve, softplus, type Tensor, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { rowsOf, Uniform } from './data.js';
import type { HybridWorkload } from './workloads.js';

/** Seconds from one observed state to the next. */
const STEP = 0.1;

/**
 * A pendulum without friction and what a network adds to its slopes, both told by what a recurrent network remembers of
 * observed states.
 */
export class HybridPendulum extends Module {
  private readonly encoder: GRU;
  /** To the frequency of the pendulum. */
  private readonly head: MLP;
  /** The first layer of the network: what reads the state changes with it, what reads the memory is computed once. */
  private readonly ofState: Linear;
  private readonly ofMemory: Linear;
  private readonly others: MLP;

  constructor(private readonly workload: HybridWorkload) {
    super();
    const { memory, hidden } = workload;
    const [first, ...rest] = hidden as [number, ...number[]];
    const key = Key.from(0);
    this.encoder = new GRU(key, 2, memory);
    this.head = new MLP(key, { inputs: memory, outputs: 1, hidden });
    this.ofState = new Linear(key, 2, first, { bias: false });
    this.ofMemory = new Linear(key, memory, first);
    this.others = new MLP(key, { inputs: first, outputs: 2, hidden: rest });
    this.start();
  }

  /** Mean squared error of the states predicted, and a thousandth of what the network adds at those observed. */
  loss(x: Tensor): Tensor {
    return tf.tidy(() => {
      const states = this.statesOf(x);
      const [before, after] = [this.firstOf(states), tf.slice(states, [0, 1, 0])];
      const memory = this.encoder.last(before);
      const predicted = tf.transpose(this.integrated(states, memory), [1, 0, 2]);
      const added = this.added(before, tf.expandDims(this.ofMemory.apply(memory), 1));
      const force = tf.mean(tf.sum(tf.square(added), -1));
      return tf.add(tf.mean(tf.square(tf.sub(predicted, after))), tf.mul(1e-3, force));
    });
  }

  /** The trajectories of so many pendulums, from the states that begin the data. */
  trajectories(count: number): Tensor {
    return tf.tidy(() => {
      const { features } = this.workload;
      const rows = rowsOf(this.workload);
      const repeated = Float32Array.from(
        { length: count * features },
        (_, i) => rows[i % rows.length]!,
      );
      const states = this.statesOf(tf.tensor2d(repeated, [count, features]));
      return tf.transpose(
        this.integrated(states, this.encoder.last(this.firstOf(states))),
        [1, 0, 2],
      );
    });
  }

  /** `[B, T + 1, 2]`: angles and speeds. */
  private statesOf(x: Tensor): Tensor {
    return tf.reshape(x, [x.shape[0], -1, 2]);
  }

  private firstOf(states: Tensor): Tensor {
    return tf.slice(states, 0, [states.shape[0], states.shape[1]! - 1, 2]);
  }

  /** `[T, B, 2]` */
  private integrated(states: Tensor, memory: Tensor): Tensor {
    const square = softplus(this.head.apply(memory));
    const remembered = this.ofMemory.apply(memory);
    const field = (_: Tensor, state: Tensor) => {
      const [angle, speed] = tf.split(state, 2, 1) as [Tensor, Tensor];
      const known = tf.concat([speed, tf.neg(tf.mul(square, tf.sin(angle)))], 1);
      return tf.add(known, this.added(state, remembered));
    };
    const times = Array.from({ length: states.shape[1]! }, (_, i) => STEP * i);
    const start = tf.squeeze(tf.slice(states, 0, [-1, 1, -1]), [1]);
    return tf.slice(odeSolve(field, start, times, { method: 'rk4' }), 1);
  }

  /** What the network adds to the slopes of states. */
  private added(states: Tensor, remembered: Tensor): Tensor {
    return this.others.apply(tf.relu(tf.add(this.ofState.apply(states), remembered)));
  }

  /** Sets all weights to (2u - 1) / sqrt(inputs), in the order of the workload. */
  private start(): void {
    const uniform = new Uniform(1);
    const fill = (variable: Variable | undefined, fan: number, isTurned = false) => {
      const values = Float32Array.from(
        { length: variable!.size },
        () => (2 * uniform.next() - 1) / Math.sqrt(fan),
      );
      tf.tidy(() => {
        const shape = [...variable!.shape];
        variable!.assign(
          isTurned ? tf.transpose(tf.tensor(values, shape.reverse())) : tf.tensor(values, shape),
        );
      });
    };
    const fillAll = ({ layers }: MLP) => {
      for (const { weight, bias, inputs } of layers)
        for (const variable of [weight, bias]) fill(variable, inputs);
    };
    const { encoder, ofState, ofMemory, workload } = this;
    for (const { weight } of [encoder.read, encoder.recall]) fill(weight, workload.memory, true);
    for (const { bias } of [encoder.read, encoder.recall]) fill(bias, workload.memory);
    fillAll(this.head);
    for (const variable of [ofState.weight, ofMemory.weight, ofMemory.bias])
      fill(variable, 2 + workload.memory);
    fillAll(this.others);
  }
}
