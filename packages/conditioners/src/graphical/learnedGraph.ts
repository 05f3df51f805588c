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
  /** What mu is multiplied by where w has not fallen, > 1; 10 by default. */
  readonly growth?: number;
  /**
   * Steps of the gates over those of the network, > 0; 1 by default. Adam moves both as far, so that edges may be gone
   * before the network has learned what they tell; where that happens a fifth keeps more of them.
   */
  readonly pace?: number;
  /** w below which the graph is decided if its edges have no cycle, > 0; 1e-4 by default. */
  readonly tolerance?: number;
  /** Edges of a lower probability are left out of the decided graph, in [0, 1); 0.1 by default. */
  readonly threshold?: number;
}

/** The names of all {@link LearnedGraphOptions}. */
export const learnedGraphOptions = [
  'l1',
  'temperature',
  'patience',
  'growth',
  'pace',
  'tolerance',
  'threshold',
] as const satisfies readonly (keyof LearnedGraphOptions)[];

/** w of a complete graph stays below D e^32, whose square float32 can hold. */
const LARGEST_EXPONENT = 32;

/** Where mu begins, at the most, and where it ends. */
const [FIRST_WEIGHT, LAST_WEIGHT] = [1e-3, 1e16];

/**
 * A directed acyclic graph that is learned by gradient: edges are random gates whose probabilities sigma(a) are
 * trained together with what reads through them, under the constraint that w(sigma(a)) = 0.
 *
 * The constraint is met by an augmented Lagrangian: `penalty` is lambda w + mu w^2 / 2 + l1 mean|a|. Whenever the loss
 * has stalled, lambda grows by mu w, and mu tenfold, or as `growth` says, to 1e16 at the most, unless w has fallen below
 * 0.9 of what it was the time before. Once w is below the tolerance and no cycle is left among the edges above the
 * threshold, the graph is decided: from then on the gates are these edges, the penalty is 0, and training goes on along
 * them. A small w alone does not tell, for long cycles count for little. Where mu is at its end and such a cycle is still
 * there, an edge is left out where more probable ones make a path that it would close.
 *
 * w of the complete graph grows exponentially with D. So that the likelihood is heard from the start, mu begins at 1/w^2
 * of the first w, where the penalty is 1/2, or at 1e-3 where that is less: a choice of ours, the source gives no rule.
 *
 * Multipliers, counters and the decision are state: saved, restored, and seen by compiled programs.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, sections 4.2 to 4.4. Equation 6.7 of
 * Wehenkel's thesis sums log p over all rows and adds lambda |A|_1; here, as in the authors' software, both are means, over
 * the rows and over the D^2 entries.
 */
export class LearnedGraph extends Module {
  /** a over the pace, shape `[D, D]`; row i holds the edges into i. */
  readonly weights: Variable;
  /** lambda. */
  readonly multiplier: Variable = state(() => tf.scalar(0));
  /** mu. */
  readonly penaltyWeight: Variable;
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
    const { l1 = 0, temperature = 0.5, patience = 10, growth = 10, pace = 1 } = options;
    const { tolerance = 1e-4, threshold = 0.1 } = options;
    checkRange('l1', l1, '>= 0', l1 >= 0);
    checkRange('temperature', temperature, '> 0', temperature > 0);
    checkRange('growth', growth, '> 1', growth > 1);
    checkRange('pace', pace, '> 0', pace > 0);
    checkRange('tolerance', tolerance, '> 0', tolerance > 0);
    checkRange('threshold', threshold, 'in [0, 1)', threshold >= 0 && threshold < 1);
    checkCount('LearnedGraph', 'patience', patience, 1);
    this.options = { l1, temperature, patience, growth, pace, tolerance, threshold };
    this.alpha = Math.min(1 / features, LARGEST_EXPONENT / features ** 2);
    const shape = [features, features];
    this.weights = tf.tidy(() => {
      const a = tf.add(1, tf.mul(0.02, key.normal(shape)));
      return parameter(tf.div(tf.mul(tf.sub(1, tf.eye(features)), a), pace));
    });
    this.penaltyWeight = state(() =>
      tf.minimum(FIRST_WEIGHT, tf.square(tf.reciprocal(this.acyclicity()))),
    );
    this.decided = state(() => tf.zeros(shape));
  }

  /** sigma(a), shape `[D, D]`, zero on the diagonal. */
  probabilities(): Tensor {
    return tf.tidy(() => edgeProbability(this.strengths()));
  }

  /** a, shape `[D, D]`. */
  private strengths(): Tensor {
    return tf.mul(this.weights, this.options.pace);
  }

  /** w(sigma(a)) with alpha = 1/D, or 32/D^2 where that is less: a scalar, see {@link acyclicity}. */
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
      // Taken to 0 by choice, not by a product: 0 times an infinite weight would be NaN.
      const decided = tf.greaterEqual(this.decision, 0.5);
      const whileOpen = (weight: Tensor) => tf.where(decided, tf.zeros([]), weight);
      const constraint = tf.add(
        tf.mul(whileOpen(this.multiplier), w),
        tf.mul(whileOpen(this.penaltyWeight), tf.mul(0.5, tf.square(w))),
      );
      const sparsity = tf.mul(
        whileOpen(tf.scalar(this.options.l1)),
        tf.mean(tf.abs(this.strengths())),
      );
      return tf.add(constraint, sparsity);
    });
  }

  /** Whether the graph is decided. */
  get isDecided(): boolean {
    return numberOf(this.decision) === 1;
  }

  /** The decided graph; before the decision, what it would be now. */
  get adjacency(): Adjacency {
    if (this.isDecided) return this.decided.arraySync() as number[][];
    return acyclicPart(this.probabilitiesNow(), this.options.threshold);
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
    // As it will be held: a loss of 0.1 is less than its copy in float32.
    const loss = Math.fround(validationLoss ?? trainLoss);
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
    const mu = numberOf(this.penaltyWeight);
    if (w <= this.options.tolerance && (mu >= LAST_WEIGHT || !this.hasCycle())) {
      this.decide();
      return;
    }
    assign(this.multiplier, numberOf(this.multiplier) + mu * w);
    if (w >= 0.9 * numberOf(this.lastAcyclicity))
      assign(this.penaltyWeight, Math.min(this.options.growth * mu, LAST_WEIGHT));
    assign(this.lastAcyclicity, w);
    assign(this.lowestLoss, Number.POSITIVE_INFINITY);
  }

  /** Whether the edges above the threshold have a cycle. */
  private hasCycle(): boolean {
    return findCycle(edgesAbove(this.probabilitiesNow(), this.options.threshold)) !== undefined;
  }

  private probabilitiesNow(): number[][] {
    return tf.tidy(() => this.probabilities().arraySync() as number[][]);
  }
}

function edgesAbove(probabilities: readonly (readonly number[])[], cut: number): Adjacency {
  return probabilities.map((row) => row.map((p) => Number(p > cut)));
}

/**
 * The edges above the threshold in the order of their probability, each unless it would close a cycle; of edges that are
 * as probable the one that comes first.
 */
function acyclicPart(probabilities: readonly (readonly number[])[], threshold: number): Adjacency {
  const all = probabilities.flatMap((row, i) => row.map((p, j) => ({ p, i, j })));
  const edges = all.filter(({ p }) => p > threshold).sort((a, b) => b.p - a.p);
  const matrix = probabilities.map((row) => row.map(() => 0));
  /** Whether node j is node i or one that it descends from. */
  const ancestors = probabilities.map((row, i) => row.map((_, j) => i === j));
  for (const { i, j } of edges) {
    if (ancestors[j]![i]!) continue;
    matrix[i]![j] = 1;
    for (const row of ancestors.filter((row) => row[i]!))
      for (const [k, above] of ancestors[j]!.entries()) row[k] ||= above;
  }
  return matrix;
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
