import {
  AffineNormalizer,
  type AffineNormalizerOptions,
  type Normalizer,
  RationalQuadraticSpline,
  type RationalQuadraticSplineOptions,
  UMNN,
} from '@pushforward/bijectors';
import {
  Autoregressive,
  adjacencyOf,
  type Graph,
  Graphical,
  type NodeName,
  Triangular,
} from '@pushforward/conditioners';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import { checkOptions, type Key, OptionError } from '@pushforward/tensors';
import {
  checkFlowOptions,
  type FlowOptions,
  optionsOf,
  pick,
  type UMNNFlowOptions,
} from './options.js';
import { network, steps } from './steps.js';

/** Those that have a name. */
const normalizers = ['affine', 'spline', 'umnn'] as const;
const networks = ['shared', 'masked'] as const;

/** What the noise of each dimension is made of. */
export interface NormalizerChoice
  extends AffineNormalizerOptions,
    RationalQuadraticSplineOptions,
    Pick<UMNNFlowOptions, 'umnn'> {
  /**
   * The family of monotone maps: `'affine'`, the default, `'spline'`, `'umnn'` for unconstrained monotonic neural
   * networks, or a function that makes another one, called once for each transform. The options of the named ones stand
   * beside it.
   */
  readonly normalizer?: (typeof normalizers)[number] | ((key: Key) => Normalizer);
}

/** Options of flows along a graph. */
export interface GraphicalFlowOptions extends Omit<FlowOptions, 'permutation'>, NormalizerChoice {
  /** Which number is generated from which: a matrix, a list of edges, or a graph of graphology. */
  readonly graph: Graph;
  /** The node of each number, such as the columns of a table; 0, 1, ... by default. */
  readonly nodes?: readonly NodeName[];
  /**
   * `'shared'`, the default, for one network that is told whose parameters are asked for; `'masked'` for one that
   * computes all of them in one pass, with fewer connections.
   */
  readonly network?: (typeof networks)[number];
}

/** The options that all flows have, but for their number of transforms and what mixes the dimensions. */
const ofFlow = [
  'features',
  'hidden',
  'actNorm',
  ...optionsOf.conditioner,
] as const satisfies readonly (keyof FlowOptions)[];

/**
 * Graphical normalizing flow: each number of the noise is a monotone function of one of the data, given its parents in
 * a Bayesian network. Densities take one pass, samples one more than the network is deep.
 *
 * With one transform, the default, the law is exactly the network: it factorises into p(x_i | parents of x_i). Further
 * transforms along the same graph let numbers depend on the parents of their parents as well.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021.
 *
 * @throws OptionError, ShapeError or DomainError for options that are unknown or outside their domain, such as a graph
 *   with a cycle, which the message prints
 *
 * @example
 * ```ts
 * import { graphical } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const flow = graphical(Key.from(1), {
 *   features: 3,
 *   graph: { edges: [['rain', 'grass'], ['sprinkler', 'grass']] },
 *   nodes: ['rain', 'sprinkler', 'grass'],
 *   normalizer: 'spline',
 * });
 * const logProb = flow.logProb(Key.from(2).normal([10, 3])); // [10]
 * ```
 */
export function graphical(key: Key, options: GraphicalFlowOptions): Pushforward {
  checkGraphicalOptions('graphical', options, ['transforms', 'graph', 'nodes', 'network']);
  const { features, graph, transforms = 1, network: kind = 'shared', actNorm } = options;
  const nodes = options.nodes ?? Array.from({ length: features }, (_, i) => i);
  if (!networks.includes(kind))
    throw new OptionError(`graphical: network must be ${networks.join(' or ')}, got ${kind}.`);
  const g = steps(
    key,
    { features, transforms, permutation: 'reverse', ...(actNorm !== undefined && { actNorm }) },
    (key) => {
      const [forNet, forNormalizer] = key.split(2);
      const normalizer = normalizerOf(forNormalizer, options);
      const parts = { features, ...network(options, normalizer) };
      const conditioner =
        kind === 'shared'
          ? new Graphical(forNet, { ...parts, graph, nodes })
          : new Autoregressive(forNet, { ...parts, adjacency: adjacencyOf(graph, nodes) });
      return new Triangular(conditioner, normalizer);
    },
  );
  return normalizingFlow(g, standardNormal([features]));
}

/**
 * Throws unless the options are known and of their kind.
 *
 * @param others the names of those that this flow alone has
 */
export function checkGraphicalOptions(
  where: string,
  options: Omit<FlowOptions, 'permutation'> & NormalizerChoice,
  others: readonly string[],
): void {
  const { normalizer = 'affine' } = options;
  if (typeof normalizer !== 'function' && !normalizers.includes(normalizer))
    throw new OptionError(
      `${where}: normalizer must be ${normalizers.join(', ')} or a function, got ${normalizer}.`,
    );
  const ofNormalizer = typeof normalizer === 'function' ? [] : optionsOf[normalizer];
  checkOptions(where, options, [...ofFlow, 'normalizer', ...ofNormalizer, ...others]);
  checkFlowOptions(where, pick(options, [...ofFlow, 'transforms']), 'affine');
}

/** The family of monotone maps that the options name. */
export function normalizerOf(key: Key, options: NormalizerChoice): Normalizer {
  const { normalizer = 'affine' } = options;
  if (typeof normalizer === 'function') return normalizer(key);
  switch (normalizer) {
    case 'affine':
      return new AffineNormalizer(pick(options, optionsOf.affine));
    case 'spline':
      return new RationalQuadraticSpline(pick(options, optionsOf.spline));
    case 'umnn':
      return new UMNN(key, options.umnn);
  }
}
