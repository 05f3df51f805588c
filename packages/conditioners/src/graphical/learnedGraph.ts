import {
  checkCount,
  checkOptions,
  DomainError,
  type EpochReport,
  type Key,
  Module,
  parameter,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Adjacency, findCycle } from '../adjacency.js';
import { acyclicity } from './acyclicity.js';
import { edgeProbability, gumbelGates } from './gates.js';

/** How a graph is learned. */
export interface LearnedGraphOptions {
  /** Weight of the mean of |a|, which keeps edges away; 0 by default. */
  readonly l1?: number;
  /** Temperature of the gates; 0.5 by default. */
  readonly temperature?: number;
  /** Epochs without a lower loss after which the weights of the constraint grow; 10 by default. */
  readonly patience?: number;
  /** w below which the graph is decided, > 0; 1e-4 by default. */
  readonly tolerance?: number;
  /** Edges of a lower probability are left out of the decided graph, in [0, 1); 0.1 by default. */
  readonly threshold?: number;
}

/** The names of all {@link LearnedGraphOptions}. */
export const learnedGraphOptions = [
  'l1',
  'temperature',
  'patience',
  'tolerance',
  'threshold',
] as const satisfies readonly (keyof LearnedGraphOptions)[];

/** w of a complete graph stays below D e^32, whose square float32 can hold. */
const LARGEST_EXPONENT = 32;

/**
 * A directed acyclic graph that is learned by gradient: edges are random gates whose probabilities sigma(a) are
 * trained together with what reads through them, under the constraint that w(sigma(a)) = 0.
 *
 * The constraint is met by an augmented Lagrangian: `penalty` is lambda w + mu w^2 / 2 + l1 mean|a|. Whenever the
 * loss has stalled, lambda grows by mu w, and mu tenfold unless w has fallen below 0.9 of what it was the time before.
 * Once w is below the tolerance the graph is decided: of the edges, those stay that are more probable than the lowest
 * threshold that leaves no cycle. From then on the gates are that graph, the penalty is 0, and training goes on along
 * it.
 *
 * Multipliers, counters and the decision are state: saved, restored, and seen by compiled programs.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, sections 4.2 to 4.4.
 */
export class LearnedGraph extends Module {
  /** a, shape `[D, D]`; row i holds the edges into i. */
  readonly weights: Variable;
  /** lambda. */
  readonly multiplier: Variable = state(() => tf.scalar(0));
  /** mu. */
  readonly penaltyWeight: Variable = state(() => tf.scalar(1e-3));
  /** w when lambda was last raised. */
  private readonly lastAcyclicity: Variable = state(() => tf.scalar(Number.POSITIVE_INFINITY));
  /** The lowest loss since then, and the epochs that have passed since it. */
  private readonly lowestLoss: Variable = state(() => tf.scalar(Number.POSITIVE_INFINITY));
  private readonly stalledEpochs: Variable = state(() => tf.scalar(0));
  /** 1 once the graph is decided, and the graph. */
  private readonly decision: Variable = state(() => tf.scalar(0));
  private readonly decided: Variable;

  private readonly alpha: number;
  private readonly options: Required<LearnedGraphOptions>;

  /**
   * @param features D
   * @throws OptionError or DomainError for options that are unknown or outside their domain
   */
  constructor(
    key: Key,
    readonly features: number,
    options: LearnedGraphOptions = {},
  ) {
    super();
    checkOptions('LearnedGraph', options, learnedGraphOptions);
    checkCount('LearnedGraph', 'features', features, 1);
    const { l1 = 0, temperature = 0.5, patience = 10, tolerance = 1e-4, threshold = 0.1 } = options;
    checkRange('l1', l1, '>= 0', l1 >= 0);
    checkRange('temperature', temperature, '> 0', temperature > 0);
    checkRange('tolerance', tolerance, '> 0', tolerance > 0);
    checkRange('threshold', threshold, 'in [0, 1)', threshold >= 0 && threshold < 1);
    checkCount('LearnedGraph', 'patience', patience, 1);
    this.options = { l1, temperature, patience, tolerance, threshold };
    this.alpha = Math.min(1 / features, LARGEST_EXPONENT / features ** 2);
    const shape = [features, features];
    this.weights = tf.tidy(() =>
      parameter(tf.mul(tf.sub(1, tf.eye(features)), tf.add(1, tf.mul(0.02, key.normal(shape))))),
    );
    this.decided = state(() => tf.zeros(shape));
  }

  /** sigma(a), shape `[D, D]`, zero on the diagonal. */
  probabilities(): Tensor {
    return edgeProbability(this.weights);
  }

  /** w(sigma(a)) with alpha = 1/D, or 32/D^2 where that is less: a scalar that is 0 where no cycle is left. */
  acyclicity(): Tensor {
    return tf.tidy(() => acyclicity(this.probabilities(), this.alpha));
  }

  /**
   * Random gates for each of a batch, or the decided graph.
   *
   * @returns shape `[...batch, D, D]`
   */
  gates(key: Key, batch: readonly number[]): Tensor {
    return tf.tidy(() => {
      const random = gumbelGates(key, this.probabilities(), batch, this.options.temperature);
      const others = tf.sub(1, tf.eye(this.features));
      return tf.add(
        tf.mul(this.decision, this.decided),
        tf.mul(tf.sub(1, this.decision), tf.mul(random, others)),
      );
    });
  }

  /** lambda w + mu w^2 / 2 + l1 mean|a|, a scalar to add to the loss; 0 once the graph is decided. */
  penalty(): Tensor {
    return tf.tidy(() => {
      const w = this.acyclicity();
      const constraint = tf.add(
        tf.mul(this.multiplier, w),
        tf.mul(this.penaltyWeight, tf.mul(0.5, tf.square(w))),
      );
      const sparsity = tf.mul(this.options.l1, tf.mean(tf.abs(this.weights)));
      return tf.mul(tf.sub(1, this.decision), tf.add(constraint, sparsity));
    });
  }

  /** Whether the graph is decided. */
  get isDecided(): boolean {
    return numberOf(this.decision) === 1;
  }

  /** The decided graph; before the decision, what it would be now. */
  get adjacency(): Adjacency {
    if (this.isDecided) return this.decided.arraySync() as number[][];
    const probabilities = tf.tidy(() => this.probabilities().arraySync() as number[][]);
    return acyclicPart(probabilities, this.options.threshold);
  }

  /** Decides the graph as it stands: from here on, gates are zeros and ones. */
  decide(): void {
    const { adjacency } = this;
    tf.tidy(() => {
      this.decided.assign(tf.tensor2d(adjacency as number[][]));
      this.decision.assign(tf.scalar(1));
    });
  }

  /**
   * What an epoch's loss says of the constraint.
   *
   * @returns true where the penalty is another one from here on
   */
  endOfEpoch({ validationLoss, trainLoss }: EpochReport): boolean {
    if (this.isDecided) return false;
    const loss = validationLoss ?? trainLoss;
    const improved = loss < numberOf(this.lowestLoss);
    const stalled = improved ? 0 : numberOf(this.stalledEpochs) + 1;
    if (improved) assign(this.lowestLoss, loss);
    assign(this.stalledEpochs, stalled);
    if (stalled < this.options.patience) return false;
    this.tighten();
    return true;
  }

  /** Raises the multipliers, or decides the graph where that is no longer needed. */
  private tighten(): void {
    const w = tf.tidy(() => numberOf(this.acyclicity()));
    if (w <= this.options.tolerance) {
      this.decide();
      return;
    }
    const mu = numberOf(this.penaltyWeight);
    assign(this.multiplier, numberOf(this.multiplier) + mu * w);
    if (w > 0.9 * numberOf(this.lastAcyclicity)) assign(this.penaltyWeight, 10 * mu);
    assign(this.lastAcyclicity, w);
    assign(this.lowestLoss, Number.POSITIVE_INFINITY);
    assign(this.stalledEpochs, 0);
  }
}

/** The edges whose probability is above the lowest cut, from `threshold` on, that leaves no cycle. */
function acyclicPart(probabilities: readonly (readonly number[])[], threshold: number): Adjacency {
  const above = (cut: number) => probabilities.map((row) => row.map((p) => Number(p > cut)));
  const higher = probabilities.flat().filter((p) => p > threshold);
  const cuts = [threshold, ...[...new Set(higher)].sort((a, b) => a - b)];
  // Whatever is acyclic stays so with fewer edges; the highest cut leaves none.
  let [low, high] = [0, cuts.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (findCycle(above(cuts[middle]!)) === undefined) high = middle;
    else low = middle + 1;
  }
  return above(cuts[low]!);
}

function numberOf(scalar: Tensor): number {
  return scalar.dataSync()[0]!;
}

function assign(variable: Variable, value: number): void {
  tf.tidy(() => {
    variable.assign(tf.scalar(value));
  });
}

function checkRange(name: string, value: number, rule: string, holds: boolean): void {
  if (!(holds && Number.isFinite(value)))
    throw new DomainError(`LearnedGraph: ${name} must be finite and ${rule}, got ${value}.`);
}
