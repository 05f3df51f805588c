/** A figure of the literature, with where it stands. */
export interface Published {
  readonly value: number;
  /** As printed: two standard errors in the tables below; null where none is printed. */
  readonly error: number | null;
  readonly source: Source;
}

/** A document and the place in it. */
export interface Source {
  readonly document: string;
  readonly item: string;
}

/** The source of the studies of affine, monotone and graphical flows. */
export const thesis =
  'A. Wehenkel, "Contributions to generative modeling", PhD dissertation, Liège, 2022';

/** The source of the studies of variational auto-encoders. */
export const thesisOnLatents =
  'V. Berger, "Modèles à variables latentes profonds : des propriétés aux structures", PhD thesis, Paris-Saclay, 2021';

/** The source of the study of conditional generators. */
export const course = 'R. Salomone, "Deep probabilistic models", AMSI Winter School, 2021';

const maf =
  'Papamakarios, Pavlakou and Murray, "Masked autoregressive flow for density estimation", NeurIPS 2017, arXiv:1705.07057';
const rnade =
  'Uria, Murray and Larochelle, "RNADE: the real-valued neural autoregressive density-estimator", NeurIPS 2013, arXiv:1306.0186';

/** Test log-likelihoods of a full-covariance Gaussian, in nats. */
export const gaussian = {
  mnist: {
    value: -1366.9,
    error: 1.4,
    source: { document: maf, item: 'table 2, MNIST, Gaussian' },
  },
  bsds300: {
    value: 96.67,
    error: 0.25,
    source: { document: maf, item: 'table 1, BSDS300, Gaussian' },
  },
  redWine: {
    value: -13.18,
    error: null,
    source: { document: rnade, item: 'table 1, red wine, Gaussian' },
  },
  whiteWine: {
    value: -13.2,
    error: null,
    source: { document: rnade, item: 'table 1, white wine, Gaussian' },
  },
} as const satisfies Record<string, Published>;

const figure65 = { document: thesisOnLatents, item: 'figure 6.5' };

/** R / sigma above which something is learned of a sphere of radius R in so many dimensions: the black dots. */
export const hypersphereThresholds = {
  2: { value: Math.SQRT2, error: null, source: figure65 },
  10: { value: Math.sqrt(10), error: null, source: figure65 },
} as const satisfies Record<number, Published>;

const burda =
  'Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", ICLR 2016, arXiv:1509.00519';

/** Auto-encoders of one layer of latents on MNIST, by the draws of the bound that training maximises. */
export const importanceWeighted = {
  source: { document: burda, item: 'table 1, MNIST, IWAE, one stochastic layer' },
  /** Test negative log-likelihoods by 5000 draws, in nats. */
  likelihood: { 1: 86.76, 5: 85.54, 50: 84.78 },
  /** Latents whose posterior mean has a variance above 0.01 over the data. */
  active: { 1: 19, 5: 22, 50: 25 },
} as const;

/** Unusual sensors and images: the only figures in print are those of the classifier. */
export const typedAnomaly = {
  source: { document: thesisOnLatents, item: 'section 8.4, figures 8.6 and 8.7' },
  /** Share of test images whose class LeNet-5 finds. */
  accuracy: { MNIST: 0.9895, 'Fashion-MNIST': 0.8962 },
} as const;

/**
 * UMNN-MAF and, as affine, MAF, on MNIST MADE: negative log-likelihoods in nats, on MNIST bits per pixel, with their standard
 * deviations over three runs.
 */
export const monotoneFlows = {
  source: { document: thesis, item: 'table 5.1' },
  'POWER by the hour': { umnn: [-0.63, 0.01], affine: [-0.24, 0.01] },
  'BSDS300 patches': { umnn: [-157.98, 0.01], affine: [-155.69, 0.28] },
  mnist: { umnn: [1.13, 0.01], affine: [2.04, 0.01] },
} as const;

/** Flows along the true network and along an order: mean log-likelihoods over five runs, with their standard deviations. */
export const prescribedGraphs = {
  source: { document: thesis, item: 'table 6.2' },
  arithmeticCircuit: { graphical: [3.99, 0.16], autoregressive: [3.06, 0.38] },
  eightPairs: { graphical: [-9.4, 0.06], autoregressive: [-11.5, 0.27] },
  tree: { graphical: [-6.85, 0.02], autoregressive: [-6.96, 0.05] },
  proteins: { graphical: [6.46, 0.08], autoregressive: [7.52, 0.1] },
} as const;

/** One step along three kinds of graph on BSDS300: means over three runs with their standard deviations, and edges. */
export const graphsOfPatches = {
  source: { document: thesis, item: 'tables 6.3 and 6.5' },
  likelihood: {
    affine: { coupling: [57.33, 0], autoregressive: [63.74, 0], graphical: [62.85, 0.07] },
    monotone: {
      coupling: [107.17, 0.46],
      autoregressive: [151.29, 0.31],
      graphical: [155.22, 0.11],
    },
  },
  edges: { coupling: 992, autoregressive: 1953, graphical: 471 },
} as const;

/**
 * Auto-encoders by the flow of their posterior: negative evidence lower bounds in nats, of Frey faces in bits per
 * dimension, with their deviations over three runs.
 */
export const posteriorFlows = {
  source: { document: thesis, item: 'table 5.3' },
  mnist: {
    plain: [86.65, 0.06],
    planar: [86.06, 0.32],
    iaf: [84.2, 0.17],
    sylvester: [83.32, 0.06],
    umnn: [84.11, 0.05],
  },
  freyFaces: {
    plain: [4.53, 0.02],
    planar: [4.4, 0.06],
    iaf: [4.47, 0.05],
    sylvester: [4.45, 0.04],
    umnn: [4.51, 0.01],
  },
  omniglot: {
    plain: [104.28, 0.39],
    planar: [102.65, 0.42],
    iaf: [102.41, 0.04],
    sylvester: [99, 0.04],
    umnn: [100.98, 0.13],
  },
} as const;

/** Diffusion models; those of the plane and of small images have no figures in print. */
export const denoisingDiffusion = {
  source: {
    document:
      'Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", NeurIPS 2020, arXiv:2006.11239',
    item: 'algorithms 1 and 2, table 2',
  },
} as const;

/** Priors of auto-encoders: Fréchet distances by Inception features, by data and numbers of latents. */
export const latentPriors = {
  source: { document: thesis, item: 'table 3.1' },
  celebA: {
    normal: { 40: 154.3, 100: 149.4, 200: 139.1 },
    flow: { 40: 72.9, 100: 59.49, 200: 54.7 },
    diffusion: { 40: 114.8, 100: 67.95, 200: 88.3 },
  },
  cifar10: {
    normal: { 40: 176, 100: 126.2, 200: 123.9 },
    flow: { 40: 167.6, 100: 129.1, 200: 129.6 },
    diffusion: { 40: 177.9, 100: 160.5, 200: 153.1 },
  },
} as const;

const section713 = { document: thesisOnLatents, item: 'section 7.1.3' };
const figure75 = { document: thesisOnLatents, item: 'figure 7.5 and section 7.3' };

/** Models of points about a sinusoid, by where their sigma comes from. */
export const varianceLearned = {
  /** Evidence lower bounds, in nats. */
  global: { value: 1.26, error: 0.09, source: section713 },
  local: { value: 1.62, error: 0.08, source: section713 },
  /** sigma as it is learned, and the best of those that are fixed. */
  learnedScale: { value: 0.043, error: null, source: figure75 },
  bestFixedScale: { value: 0.1, error: null, source: figure75 },
} as const satisfies Record<string, Published>;

/**
 * Hybrid models before and after expert augmentation, on systems as in training and on shifted ones: mean relative errors of
 * the expert's parameters in %, with their deviations over ten runs.
 */
export const augmentations = {
  source: { document: thesis, item: 'section 7.4, table 7.1' },
  pendulum: {
    aphynity: {
      plain: { training: [6, 2], shifted: [66, 9] },
      augmented: { training: [6, 2], shifted: [10, 4] },
    },
    hvae: {
      plain: { training: [3, 1], shifted: [117, 10] },
      augmented: { training: [2, 1], shifted: [11, 2] },
    },
  },
  circuit: {
    aphynity: {
      plain: { training: [6, 3], shifted: [17, 3] },
      augmented: { training: [7, 5], shifted: [5, 2] },
    },
    hvae: {
      plain: { training: [38, 2], shifted: [25, 2] },
      augmented: { training: [28, 1], shifted: [12, 1] },
    },
  },
  diffusion: {
    aphynity: {
      plain: { training: [2, 0], shifted: [27, 2] },
      augmented: { training: [2, 0], shifted: [3, 1] },
    },
    hvae: {
      plain: { training: [2, 0], shifted: [32, 10] },
      augmented: { training: [2, 0], shifted: [2, 0] },
    },
  },
} as const;

const tanks =
  'Forgione and Piga, "Continuous-time system identification with neural networks: model structures and fitting criteria", 2021';

/** Systems that were measured: errors of simulations of the test run, in V, and parameters in SI units. */
export const measuredSystems = {
  source: { document: thesis, item: 'section 7.2, on systems that were measured by others' },
  tanks: {
    network: {
      value: 0.33,
      error: null,
      source: { document: tanks, item: 'cascaded tanks, truncated simulation error' },
    },
    hybrid: {
      value: 0.18,
      error: null,
      source: {
        document:
          'Rogers, Holmes, Cross and Worden, "On a grey box modelling framework for nonlinear system identification", 2017',
        item: 'cascaded tanks',
      },
    },
  },
  emps: {
    source: {
      document: 'Janot, Gautier and Brunot, "Data set and reference models of EMPS", 2019',
      item: 'reference parameters',
    },
    parameters: { mass: [95.1, 'kg'], viscous: [203.5, 'N s/m'], coulomb: [20.4, 'N'] },
  },
} as const;
