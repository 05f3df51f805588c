/**
 * What is timed: models of published sizes on data of their shape, defined to the last number, so that engines can be
 * compared by their losses as well as by their times.
 */
export interface Workload {
  readonly name: string;
  /** How each layer maps a number, and who tells it how. */
  readonly map: 'affine' | 'spline' | 'umnn';
  readonly conditioner: 'autoregressive' | 'coupling' | 'graphical';
  /** D: numbers per example. */
  readonly features: number;
  readonly layers: number;
  /** Width of each hidden layer; relu between them. */
  readonly hidden: readonly number[];
  readonly batch: number;
  readonly data: 'ring' | 'chain';
  /** Numbers trained; masked weights count. */
  readonly parameters: number;
  /** Mean loss of the batch at steps 1 and 30, as PyTorch and JAX compute it. */
  readonly losses: readonly [first: number, thirtieth: number];
}

/** Bins of a spline. */
export const BINS = 8;

/** Adam's step size; its other settings are the usual ones. */
export const LEARNING_RATE = 1e-3;

export const workloads: readonly Workload[] = [
  {
    name: 'realnvp-2d',
    map: 'affine',
    conditioner: 'coupling',
    features: 2,
    layers: 5,
    hidden: [64, 64],
    batch: 256,
    data: 'ring',
    parameters: 22_090,
    losses: [2.852015, 2.507941],
  },
  {
    name: 'maf-power',
    map: 'affine',
    conditioner: 'autoregressive',
    features: 6,
    layers: 5,
    hidden: [128, 128],
    batch: 512,
    data: 'chain',
    parameters: 94_780,
    losses: [7.79289, 6.684308],
  },
  {
    name: 'maf-hepmass',
    map: 'affine',
    conditioner: 'autoregressive',
    features: 21,
    layers: 5,
    hidden: [512, 512],
    batch: 512,
    data: 'chain',
    parameters: 1_477_330,
    losses: [26.796244, 23.619106],
  },
  {
    name: 'nsf-ar-power',
    map: 'spline',
    conditioner: 'autoregressive',
    features: 6,
    layers: 5,
    hidden: [128, 128],
    batch: 512,
    data: 'chain',
    parameters: 176_050,
    losses: [7.937778, 6.285556],
  },
  {
    name: 'nsf-coupling-miniboone',
    map: 'spline',
    conditioner: 'coupling',
    features: 43,
    layers: 5,
    hidden: [128, 128],
    batch: 128,
    data: 'chain',
    parameters: 414_493,
    losses: [59.376137, 42.816383],
  },
  {
    name: 'umnn-maf-power',
    map: 'umnn',
    conditioner: 'autoregressive',
    features: 6,
    layers: 1,
    hidden: [60, 60, 60],
    batch: 256,
    data: 'chain',
    parameters: 42_221,
    losses: [7.577036, 7.322128],
  },
  {
    name: 'graphical-8',
    map: 'umnn',
    conditioner: 'graphical',
    features: 8,
    layers: 1,
    hidden: [60, 60, 60],
    batch: 256,
    data: 'chain',
    parameters: 33_671,
    losses: [10.065418, 9.088083],
  },
];
