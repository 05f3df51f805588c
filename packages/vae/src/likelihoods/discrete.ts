import { Bernoulli, Categorical, type Distribution, Independent } from '@pushforward/distributions';
import { checkCount, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { ContinuousBernoulli } from '../laws/continuousBernoulli.js';

/** Independent numbers, each of whose laws has one logit. */
class OneLogitEach extends Family {
  override readonly independent = true;
  override readonly eventShape: readonly number[];

  constructor(
    override readonly parameterCount: number,
    private readonly each: (logits: Tensor) => Distribution,
  ) {
    super();
    this.eventShape = [parameterCount];
  }

  override law(logits: Tensor): Distribution {
    return new Independent(this.each(logits), 1);
  }
}

/**
 * Independent zeros and ones, such as the pixels of a black-and-white image; the numbers are logits.
 *
 * @param features D
 */
export function bernoulli(features: number): Family {
  checkCount('bernoulli', 'features', features, 1);
  return new OneLogitEach(features, (logits) => new Bernoulli(logits));
}

/**
 * Independent numbers in [0, 1], such as grey values, by the {@link ContinuousBernoulli} law; the numbers are logits.
 *
 * @param features D
 */
export function continuousBernoulli(features: number): Family {
  checkCount('continuousBernoulli', 'features', features, 1);
  return new OneLogitEach(features, (logits) => new ContinuousBernoulli(logits));
}

/** D independent choices among K. */
class Choices extends Family {
  override readonly independent = true;
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    features: number,
    private readonly classes: number,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = features * classes;
  }

  override law(parameters: Tensor): Distribution {
    const logits = tf.reshape(parameters, [
      ...parameters.shape.slice(0, -1),
      ...this.eventShape,
      this.classes,
    ]);
    return new Independent(new Categorical(logits), 1);
  }
}

/**
 * Independent choices among 0 .. K - 1; the numbers are K logits for each of them.
 *
 * @param features D
 * @param classes K
 */
export function categorical(features: number, classes: number): Family {
  checkCount('categorical', 'features', features, 1);
  checkCount('categorical', 'classes', classes, 2);
  return new Choices(features, classes);
}
