import { Distribution } from '@pushforward/distributions';
import {
  type Batch,
  broadcastShapes,
  checkContext,
  checkOptions,
  constant,
  type Key,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { batchOf, type Denoiser } from './denoisers/denoiser.js';
import { simple } from './objectives/denoising.js';
import type { DenoisingObjective } from './objectives/objective.js';
import { draw } from './samplers/draw.js';
import { type WalkOptions, walkOptions, wayOf } from './samplers/walk.js';

/** What a {@link DiffusionModel} is made of. */
export interface DiffusionParts {
  /** What tells x from x_t. */
  readonly denoiser: Denoiser;
  /** What training minimises; {@link simple} by default, {@link variational} where a bound is needed. */
  readonly objective?: DenoisingObjective;
  /** How draws are made; the steps of DDPM by default. Their variance is beta, as that of {@link variational}: tell both of another. */
  readonly sampling?: WalkOptions;
  /** Share of the rows that lose their context in training, in [0, 1), so that draws can be `guided`; 0 by default. */
  readonly contextDropout?: number;
  /** The context that stands for one that is lost; zeros by default. */
  readonly unconditional?: readonly number[];
}

/**
 * A law that is learned by taking noise away: a denoiser, an objective and a way to draw, whichever they are.
 *
 * Its `loss` is the objective's, so `fit` trains it; where that is {@link variational}, a bound of -log p(x), it may be the prior of
 * an auto-encoder, trained with it or behind it.
 *
 * Source: Sohl-Dickstein et al., "Deep unsupervised learning using nonequilibrium thermodynamics", arXiv:1503.03585; Ho, Jain and
 * Abbeel, "Denoising diffusion probabilistic models", arXiv:2006.11239.
 */
export class DiffusionModel extends Distribution {
  /** What tells x from x_t. */
  readonly denoiser: Denoiser;
  /** What training minimises. */
  readonly objective: DenoisingObjective;
  /** Shape of x. */
  override readonly eventShape: readonly number[];
  /** Numbers per context vector, C; 0 for an unconditional model. */
  override readonly contextSize: number;
  private readonly sampling: WalkOptions;
  private readonly contextDropout: number;
  /** `[C]`. */
  private readonly unconditional: Tensor | undefined;

  /** @throws OptionError, DomainError or ShapeError for parts that are unknown or do not go together */
  constructor(parts: DiffusionParts) {
    super();
    const where = 'DiffusionModel';
    checkOptions(where, parts, [
      'denoiser',
      'objective',
      'sampling',
      'contextDropout',
      'unconditional',
    ]);
    const { denoiser, objective = simple(), sampling = {}, contextDropout = 0 } = parts;
    const { contextSize } = denoiser;
    const { unconditional = Array<number>(contextSize).fill(0) } = parts;
    if (parts.unconditional !== undefined && contextDropout === 0)
      throw new OptionError(
        `${where}: unconditional stands for contexts that are lost, and with a contextDropout of 0 none is.`,
      );
    if (!(contextDropout >= 0 && contextDropout < 1) || (contextDropout > 0 && contextSize === 0))
      throw new OptionError(
        `${where}: contextDropout must be in [0, 1), and 0 without a context, got ${contextDropout} for ${contextSize} numbers.`,
      );
    if (unconditional.length !== contextSize)
      throw new ShapeError(
        `${where}: the unconditional context must have ${contextSize} numbers, got ${unconditional.length}.`,
      );
    checkOptions(`${where}: sampling`, sampling, walkOptions);
    wayOf(`${where}: sampling`, denoiser.schedule, sampling);
    this.denoiser = denoiser;
    this.objective = objective;
    this.eventShape = denoiser.eventShape;
    this.contextSize = contextSize;
    this.sampling = sampling;
    this.contextDropout = contextDropout;
    if (contextDropout > 0) this.unconditional = constant(() => tf.tensor1d([...unconditional]));
  }

  /** @throws OptionError always: log p(x) is an integral, which `lowerBound` bounds and `probabilityFlow` computes */
  override logProb(): Tensor {
    throw new OptionError(
      'DiffusionModel: log p(x) is an integral over all ways from noise. Take lowerBound, which bounds it, or ' +
        'probabilityFlow(model.denoiser), a law whose logProb is computed.',
    );
  }

  /**
   * The objective's loss.
   *
   * @param batch x `[...batch, ...event]`, and the context `[...batch, C]` of a conditional model
   */
  override loss(batch: Batch, key: Key): Tensor {
    checkContext('DiffusionModel', this.contextSize, batch.context);
    return tf.tidy(() => {
      const { unconditional, contextDropout } = this;
      if (unconditional === undefined) return this.objective.loss(this.denoiser, batch, key);
      const [forLoss, forDropout] = key.split(2);
      const rows = batchOf(batch.x, this);
      broadcastShapes('DiffusionModel', rows, batch.context!.shape.slice(0, -1));
      const isLost = forDropout.bernoulli(contextDropout, [...rows, 1]);
      const context = tf.add(
        tf.mul(isLost, unconditional),
        tf.mul(tf.sub(1, isLost), batch.context!),
      );
      return this.objective.loss(this.denoiser, { ...batch, context }, forLoss);
    });
  }

  /**
   * Draws, from noise step by step.
   *
   * @param shape draws for each row of the context; one by default
   * @param context shape `[...contextBatch, C]`
   * @returns shape `[...shape, ...contextBatch, ...event]`
   */
  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    return draw(key, this.denoiser, this.sampling, shape, context);
  }
}
