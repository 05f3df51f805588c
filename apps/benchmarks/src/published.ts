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
