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
