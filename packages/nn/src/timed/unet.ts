import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  Module,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Activation, activation } from '../activations.js';
import { Conv2d, ConvTranspose2d } from '../conv2d.js';
import { zeros } from '../initialisers.js';
import { GroupNorm } from '../norms.js';
import { TimedNetwork } from '../timedNetwork.js';
import { checkTimed } from './checkTimed.js';
import { TimeEmbedding } from './timeEmbedding.js';
import { Stage } from './unetStage.js';

/** Options of {@link UNet}. */
export interface UNetOptions {
  /** Height, width and channels of an image, such as `[28, 28, 1]`. */
  readonly image: readonly [height: number, width: number, channels: number];
  /** Channels out; those of the image by default. */
  readonly outputs?: number;
  /** Numbers of the context; 0 by default, for none. Labels are read as rows of zeros and a one. */
  readonly context?: number;
  /** Channels at each level, from the size of the image on, halved from one to the next; `[32, 64, 128]` by default. */
  readonly channels?: readonly number[];
  /** Residual blocks of each level on the way down, one more on the way up; 2 by default. */
  readonly blocks?: number;
  /** Levels, from 0, at which pixels read each other; the last one by default. The middle belongs to the last. */
  readonly attention?: readonly number[];
  /** Heads of that attention; 4 by default. */
  readonly heads?: number;
  /** Groups of channels that are normalised together; 8 by default. */
  readonly groups?: number;
  /** `'silu'` by default. */
  readonly activation?: Activation;
  /** What times are multiplied by before: 1000 by default, for those from 0 to 1; 1 for steps that are counted. */
  readonly timeScale?: number;
}

const defaults = {
  context: 0,
  channels: [32, 64, 128],
  blocks: 2,
  heads: 4,
  groups: 8,
  activation: 'silu',
  timeScale: 1000,
} as const;

/** What doubles an image; all pixels count alike in windows of twice the stride. */
const doubling = { window: 4, stride: 2 } as const;

/** Stages at one size, and the step to the next. */
class Level extends Module {
  constructor(
    readonly stages: readonly Stage[],
    readonly resize: Conv2d | ConvTranspose2d | undefined,
  ) {
    super();
  }
}

/**
 * A network of images, a time and perhaps a context: residual blocks of convolutions at falling sizes and back, where
 * what was seen on the way down is read again on the way up, with self-attention at small sizes. It starts at zero, and
 * sizes may be odd. The engine `wasm` has no gradient of a convolution of its own; compiled programs, such as the steps
 * of `fit`, have.
 *
 * Source: Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", arXiv:2006.11239, appendix B; images are
 * doubled by transposed convolutions, and there is no dropout.
 *
 * @example
 * ```ts
 * import { UNet } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const net = new UNet(Key.from(1), { image: [7, 7, 1], channels: [8, 16], blocks: 1 });
 * const y = net.apply(Key.from(2).normal([2, 7, 7, 1]), Key.from(3).uniform([2])); // [2, 7, 7, 1]
 * ```
 */
export class UNet extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];
  override readonly contextSize: number;
  /** What all blocks are told of time and context. */
  readonly time: TimeEmbedding;
  /** To the channels of the first level. */
  readonly first: Conv2d;
  /** Levels from the largest size to the smallest. */
  readonly down: readonly Level[];
  /** At the smallest size. */
  readonly middle: readonly Stage[];
  /** Levels from the smallest size to the largest. */
  readonly up: readonly Level[];
  /** Before the last layer. */
  readonly norm: GroupNorm;
  /** To the channels out; it starts at zero. */
  readonly last: Conv2d;
  private readonly activation: (x: Tensor) => Tensor;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: UNetOptions) {
    super();
    const settings = checkUNet(options);
    const { image, outputs, channels, blocks, attention, groups } = settings;
    const [height, width] = image;
    const [least, deepest] = [channels[0]!, channels.length - 1];
    const [forTime, forFirst, forLast, ...forLevels] = key.split(4 + 2 * channels.length) as [
      Key,
      Key,
      Key,
      ...Key[],
    ];
    const forMiddle = forLevels.pop()!;
    const embedding = { ...settings, features: least, width: 4 * least };
    const stage = (key: Key, level: number, from: number, attends = attention.includes(level)) =>
      new Stage(key, from, channels[level]!, attends, { ...settings, width: embedding.width });

    this.eventShape = image;
    this.outputShape = [height, width, outputs];
    this.contextSize = settings.context;
    this.activation = activation(settings.activation);
    this.time = new TimeEmbedding(forTime, embedding);
    this.first = new Conv2d(forFirst, image[2], least);
    this.down = channels.map((own, level) => {
      const before = channels[level - 1] ?? least;
      const [forResize, ...forStages] = forLevels[level]!.split(1 + blocks) as [Key, ...Key[]];
      return new Level(
        forStages.map((key, i) => stage(key, level, i === 0 ? before : own)),
        level < deepest ? new Conv2d(forResize, own, own, { stride: 2 }) : undefined,
      );
    });
    const [forOne, forOther] = forMiddle.split(2);
    this.middle = [
      stage(forOne, deepest, channels[deepest]!),
      stage(forOther, deepest, channels[deepest]!, false),
    ];
    this.up = channels
      .map((own, level) => {
        const [before, after] = [channels[level - 1] ?? least, channels[level + 1] ?? own];
        const keys = forLevels[channels.length + level]!.split(2 + blocks);
        const [forResize, ...forStages] = keys as [Key, ...Key[]];
        // Beside what comes from below each stage reads one of what was seen on the way down, the last one first.
        const stages = forStages.map((key, i) =>
          stage(key, level, (i === 0 ? after : own) + (i < blocks ? own : before)),
        );
        if (level === 0) return new Level(stages, undefined);
        const half = (edge: number) => Math.ceil(edge / 2 ** (level - 1));
        const size = [half(height), half(width)] as const;
        return new Level(stages, new ConvTranspose2d(forResize, own, own, size, doubling));
      })
      .reverse();
    this.norm = new GroupNorm(least, groups);
    this.last = new Conv2d(forLast, least, outputs, { initialiser: zeros, bias: zeros });
  }

  override apply(x: Tensor, t: Tensor, context?: Tensor): Tensor {
    checkTimed('UNet', this, x, t, context);
    return tf.tidy(() => {
      const time = this.time.apply(t, context);
      let h = this.first.apply(x);
      const seen = [h];
      for (const { stages, resize } of this.down)
        for (const step of [...stages, resize]) {
          if (step === undefined) continue;
          h = step.apply(h, time);
          seen.push(h);
        }
      for (const stage of this.middle) h = stage.apply(h, time);
      for (const { stages, resize } of this.up) {
        for (const stage of stages) h = stage.apply(tf.concat([h, seen.pop()!], 3), time);
        if (resize) h = resize.apply(h);
      }
      return this.last.apply(this.activation(this.norm.apply(h)));
    });
  }
}

function checkUNet(options: UNetOptions) {
  const where = 'UNet';
  checkOptions(where, options, ['image', 'outputs', 'attention', ...Object.keys(defaults)]);
  const { image } = options;
  if ((image as readonly number[]).length !== 3)
    throw new DomainError(`${where}: an image [H, W, C] is needed, got [${image.join(', ')}].`);
  const settings = { ...defaults, outputs: image[2], ...options };
  const { channels, outputs, context, blocks, heads, groups, timeScale } = settings;
  if (channels.length === 0) throw new DomainError(`${where}: at least one level is needed.`);
  const attention = options.attention ?? [channels.length - 1];
  for (const size of [...image, ...channels]) checkCount(where, 'a size', size, 1);
  for (const [name, count] of Object.entries({ outputs, blocks, heads, groups }))
    checkCount(where, name, count, 1);
  checkCount(where, 'context', context, 0);
  checkAbove(where, 'timeScale', timeScale, 0);
  checkCount(where, 'half of the first channels', channels[0]! / 2, 1);
  for (const level of attention)
    if (channels[level] === undefined)
      throw new DomainError(
        `${where}: attention is at levels from 0 to ${channels.length - 1}, got ${level}.`,
      );
  return { ...settings, attention };
}
