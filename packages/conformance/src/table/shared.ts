/** Hidden layers of every network. */
export const hidden = [8, 8];

export const ALONE = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
export const ALL = [
  [1, 1, 1],
  [1, 1, 1],
  [1, 1, 1],
];
export const FAR = [-1e30, -1e4, -100, 0, 100, 1e4, 1e30];
export const LINE = { forward: FAR, inverse: FAR };
/** Next to 0 and 1. */
export const UNIT = [1e-30, 0.5, 1 - 2 ** -24];

/** With kinks the slope of the quadrature would be the integrand to four or five digits only. */
export const smooth = {
  embedding: 3,
  hidden: [6],
  activation: 'tanh',
  positive: 'softplus',
} as const;
