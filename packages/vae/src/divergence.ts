import {
  Bernoulli,
  Constrained,
  DiagonalNormal,
  type Distribution,
  Independent,
  MultivariateNormal,
  Normal,
  StandardNormal,
  tensorOf,
} from '@pushforward/distributions';
import { ShapeError, type Tensor, triangularSolve } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { LowRankNormal } from './laws/lowRankNormal.js';
import { AutoregressiveNormal } from './priors/autoregressivePrior.js';
import { RestrictedBoltzmann } from './priors/restrictedBoltzmann.js';
import { Smoothed } from './priors/smoothed.js';

/**
 * KL(q || p) = E_q[log q - log p] in closed form, in nats, where there is one: q a normal law of any covariance, p one
 * of independent numbers or a `MultivariateNormal`, or q of independent numbers and p autoregressive; or q of
 * independent zeros and ones and p of such, or a restricted Boltzmann machine of all units with an exact Z; or both of
 * these smoothed alike.
 *
 * For normal laws it is -H(q) - log p(mean of q) + tr(S_p^-1 S_q) / 2.
 *
 * @returns shape `[...batch, parts]`: a part for each number of the event where all are independent in both, else one
 * in all; undefined where no closed form is known
 * @throws ShapeError for laws of different events
 */
export function kullbackLeibler(q: Distribution, p: Distribution): Tensor | undefined {
  const events = [q, p].map(({ eventShape }) => `[${eventShape.join(', ')}]`);
  if (events[0] !== events[1])
    throw new ShapeError(
      `kullbackLeibler: laws of the same events are needed, got ${events.join(' and ')}.`,
    );
  if (q instanceof DiagonalNormal && isDiagonal(p))
    return tf.tidy(() => {
      const [from, to] = [marginals(q), marginals(p)];
      const spread = tf.mul(0.5, tf.div(from.variance(), to.variance()));
      return tf.add(tf.sub(spread, to.logProb(from.mean())), tf.neg(from.entropy()));
    });
  if (isNormal(q) && isDiagonal(p))
    return tf.tidy(() => {
      const ratio = tf.div(q.variance(), marginals(p).variance());
      return assemble(q, p, tf.sum(ratio, -1));
    });
  if (q instanceof DiagonalNormal && p instanceof AutoregressiveNormal)
    return tf.tidy(() => assemble(q, p, tf.sum(tf.mul(q.variance(), p.precision()), -1)));
  if (isNormal(q) && p instanceof MultivariateNormal)
    return tf.tidy(() => {
      const traces = rootsOf(q).map((root) =>
        tf.sum(tf.square(triangularSolve(factorOf(p), root)), [-2, -1]),
      );
      return assemble(q, p, traces.reduce(tf.add<Tensor>));
    });
  if (q instanceof Smoothed && p instanceof Smoothed && q.sharpness === p.sharpness)
    return kullbackLeibler(q.units, p.units);
  if (isOfUnits(q) && isOfUnits(p))
    return tf.tidy(() => {
      const [probability, from, to] = [q.mean!(), q.law, p.law];
      const [off, on] = [0, 1].map((z) => to.logProb(tf.fill(probability.shape, z)));
      const cross = tf.add(tf.mul(probability, on!), tf.mul(tf.sub(1, probability), off!));
      return tf.neg(tf.add(from.entropy!(), cross));
    });
  if (isOfUnits(q) && p instanceof RestrictedBoltzmann)
    return tf.tidy(() => {
      const cross = p.expectedLogProb(q.mean!());
      return cross && tf.expandDims(tf.neg(tf.add(q.entropy!(), cross)), -1);
    });
  return undefined;
}

/** -H(q) - log p(mean of q) + trace / 2, `[...batch, 1]`. */
function assemble(q: Distribution, p: Distribution, trace: Tensor): Tensor {
  const cross = tf.sub(tf.mul(0.5, trace), p.logProb(q.mean!()));
  return tf.expandDims(tf.sub(cross, q.entropy!()), -1);
}

/** The laws that are normal, of any covariance. */
type AnyNormal = DiagonalNormal | MultivariateNormal | LowRankNormal;

/** Whether a law is normal, of any covariance. */
export function isNormal(law: Distribution): law is AnyNormal {
  return (
    law instanceof DiagonalNormal ||
    law instanceof MultivariateNormal ||
    law instanceof LowRankNormal
  );
}

function isDiagonal(law: Distribution): law is DiagonalNormal | StandardNormal {
  return (
    law instanceof DiagonalNormal || (law instanceof StandardNormal && law.eventShape.length === 1)
  );
}

/** Whether a law is of vectors of independent zeros and ones. */
function isOfUnits(law: Distribution): law is Independent {
  return law instanceof Independent && law.law instanceof Bernoulli && law.eventShape.length === 1;
}

/** The laws of the single numbers. */
function marginals(law: DiagonalNormal | StandardNormal): Normal {
  if (law instanceof DiagonalNormal) return new Normal(law.loc, law.scale);
  return new Normal(law.mean(), 1);
}

/** Matrices A of D rows with sum A A^T the covariance. */
function rootsOf(law: AnyNormal): Tensor[] {
  if (law instanceof MultivariateNormal) return [factorOf(law)];
  const scales = tf.mul(tensorOf(law.scale), tf.ones([...law.eventShape]));
  const own = tf.mul(tf.expandDims(scales, -1), tf.eye(scales.shape.at(-1)!));
  return law instanceof LowRankNormal ? [own, law.factor] : [own];
}

/** L of N(loc, L L^T), zero above the diagonal. */
function factorOf({ scaleTril }: MultivariateNormal): Tensor {
  if (scaleTril instanceof Constrained) return scaleTril.value();
  const L = scaleTril instanceof tf.Tensor ? scaleTril : tf.tensor(scaleTril);
  return tf.linalg.bandPart(L, -1, 0);
}
