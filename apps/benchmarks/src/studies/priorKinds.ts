import type { Split } from '@pushforward/datasets';
import { ddpm, linearBetas } from '@pushforward/diffusion';
import { standardNormal } from '@pushforward/distributions';
import { maf } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { type Posterior, type Prior, vampPrior } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { boundOfSteps } from './diffusion.js';

/** Priors of auto-encoders. */
export const priorKinds = {
  normal: 'normal prior',
  flow: 'flow prior',
  vamp: 'VampPrior',
  diffusion: 'diffusion prior',
} as const;

export type PriorKind = keyof typeof priorKinds;

/** What learned priors are made of. */
export interface PriorSize {
  /** Of the networks of flow and diffusion. */
  readonly hidden: readonly number[];
  /** Of the VampPrior. */
  readonly components: number;
  /** Of the diffusion. */
  readonly steps: number;
}

/**
 * A prior of the latents of a posterior of images; the flow has three affine autoregressive steps, as in the source, and the
 * diffusion is trained by its bound, equation 3.17. Its network tells velocities: one that starts at zero is then N(0, I), whereas
 * zero noise would make draws explode where little was learned.
 */
export function priorOf(
  key: Key,
  kind: PriorKind,
  posterior: Posterior,
  images: Split,
  { hidden, components, steps }: PriorSize,
): Prior {
  const [features] = posterior.eventShape as readonly [number];
  switch (kind) {
    case 'normal':
      return standardNormal([features]);
    case 'flow': {
      // Each number has others before it: a masked layer needs a unit for each of these sets.
      const wide = hidden.map((width) => Math.max(width, features));
      return maf(key, { features, transforms: 3, hidden: wide });
    }
    case 'diffusion':
      return ddpm(key, {
        ...{ features, hidden, schedule: linearBetas({ steps }) },
        ...{ denoiser: { predicts: 'velocity' }, model: { objective: boundOfSteps } },
      });
    case 'vamp': {
      const { x } = images.subset(key.permutation(images.length).slice(0, components)).batch();
      try {
        return vampPrior(posterior, x);
      } finally {
        tf.dispose(x);
      }
    }
  }
}
