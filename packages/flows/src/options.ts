import type {
  AffineNormalizerOptions,
  RationalQuadraticSplineOptions,
  UMNNOptions,
} from '@pushforward/bijectors';
import type { ConditionerOptions } from '@pushforward/conditioners';
import { checkCount, checkOptions, DomainError, OptionError } from '@pushforward/tensors';

/** What comes between the transforms. */
const permutations = ['reverse', 'random', 'lu'] as const;

/** What every flow is made of. */
export interface FlowOptions
  extends Pick<ConditionerOptions, 'context' | 'activation' | 'residual' | 'lastScale'> {
  /** D: numbers per vector. */
  readonly features: number;
  /** Number of transforms. */
  readonly transforms?: number;
  /** Widths of the hidden layers of each conditioner, or of its residual blocks; two of max(64, 2 D) by default. */
  readonly hidden?: readonly number[];
  /**
   * What mixes the dimensions. `'reverse'` turns their order round from one transform to the next, as published MAFs
   * do; `'random'` draws an order for each pair of transforms, one of which takes it reversed; `'lu'`, the default,
   * does as `'reverse'` and puts a learned linear map before each transform, which is worth many transforms where
   * dimensions are correlated.
   *
   * The draws are the same for every key, so that a saved flow can be built again from its options.
   */
  readonly permutation?: (typeof permutations)[number];
  /**
   * Whether each transform comes after a learned shift and scale, true by default. They start as the identity;
   * `prepare`, which `fit` calls, makes them standardise the data.
   */
  readonly actNorm?: boolean;
}

/** Options of flows with affine transforms. */
export interface AffineFlowOptions extends FlowOptions, AffineNormalizerOptions {}

/** Options of flows with rational-quadratic splines. */
export interface SplineFlowOptions extends FlowOptions, RationalQuadraticSplineOptions {}

/** Options of flows with unconstrained monotonic neural networks. */
export interface UMNNFlowOptions extends FlowOptions {
  /** What each transform's monotone network is made of; `hidden` and `activation` beside it are the embedding's. */
  readonly umnn?: Plain<UMNNOptions>;
}

/** The same fields as a plain object type, which JSON types accept. */
export type Plain<T> = { readonly [K in keyof T]: T[K] };

/** The names of the options that a flow reads itself. */
const own = ['features', 'transforms', 'hidden', 'permutation', 'actNorm'] as const;

/** The names of the options of each part that a flow hands on. */
export const optionsOf = {
  conditioner: ['context', 'activation', 'residual', 'lastScale'],
  affine: ['scaleBound'],
  spline: ['bins', 'bound', 'slopeBound'],
  umnn: ['umnn'],
} as const;

/**
 * Throws unless the options, which may come from a file, are known and of their kind; the parts of the flow check
 * what is handed on to them.
 */
export function checkFlowOptions(
  where: string,
  options: FlowOptions,
  normalizer: 'affine' | 'spline' | 'umnn',
  leastFeatures = 1,
): void {
  checkOptions(where, options, [...own, ...optionsOf.conditioner, ...optionsOf[normalizer]]);
  const { features, transforms = 1, hidden = [], permutation = 'lu' } = options;
  checkCount(where, 'features', features, 1);
  checkCount(where, 'transforms', transforms, 1);
  if (features < leastFeatures)
    throw new DomainError(
      `${where}: a coupling splits the features in two and needs at least ${leastFeatures}, got ${features}; ` +
        'for one feature take an autoregressive flow.',
    );
  if (!(Array.isArray(hidden) && hidden.every(isCount)))
    throw new DomainError(
      `${where}: hidden must be a list of integers >= 1, got ${JSON.stringify(hidden)}.`,
    );
  if (!permutations.includes(permutation))
    throw new OptionError(
      `${where}: permutation must be one of ${permutations.join(', ')}, got ${permutation}.`,
    );
  for (const name of ['actNorm', 'residual'] as const)
    if (!['boolean', 'undefined'].includes(typeof options[name]))
      throw new OptionError(
        `${where}: ${name} must be true or false, got ${String(options[name])}.`,
      );
  if (!Number.isFinite(options.lastScale ?? 0))
    throw new DomainError(
      `${where}: lastScale must be a finite number, got ${String(options.lastScale)}.`,
    );
}

/** The given options among those of `names`. */
export function pick<T extends object, N extends keyof T>(
  options: T,
  names: readonly N[],
): Pick<T, N> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Pick<T, N>;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
