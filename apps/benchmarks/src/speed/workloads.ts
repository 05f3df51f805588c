/**
 * What is timed: models of published sizes on data of their shape, defined to the last number, so that engines can be
 * compared by their losses as well as by their times.
 */
export type Workload = FlowWorkload | AutoencoderWorkload | HybridWorkload | DiffusionWorkload;

interface Common {
  readonly name: string;
  /** D: numbers per example. */
  readonly features: number;
  /** Width of each hidden layer, or its channels; relu between them. */
  readonly hidden: readonly number[];
  readonly batch: number;
  readonly data: 'ring' | 'chain' | 'circles' | 'pendulum';
  /** Numbers trained; masked weights count. */
  readonly parameters: number;
  /** Mean loss of the batch at steps 1 and 30, as PyTorch computes it, of a model that draws from the same draws. */
  readonly losses: readonly [first: number, thirtieth: number];
}

/** A normalizing flow, trained by its density. */
export interface FlowWorkload extends Common {
  /** How each layer maps a number, and who tells it how. */
  readonly map: 'affine' | 'spline' | 'umnn';
  readonly conditioner: 'autoregressive' | 'coupling' | 'graphical';
  readonly layers: number;
}

/** A variational auto-encoder of black-and-white images, trained by the evidence lower bound at one draw. */
export interface AutoencoderWorkload extends Common {
  readonly networks: 'perceptron' | 'convolutional';
  /** L: numbers per latent vector. */
  readonly latent: number;
  /** A diffusion model of latents that is trained along; N(0, I) where not given. */
  readonly prior?: DiffusionSizes;
}

/** A pendulum whose slopes a network adds to, trained by the states that follow those it has seen. */
export interface HybridWorkload extends Common {
  /** Numbers that the encoder remembers of a trajectory. */
  readonly memory: number;
}

/** The network of a diffusion model of 100 steps: it reads x and the step, silu between its layers. */
export interface DiffusionSizes {
  readonly hidden: readonly number[];
  /** Sines and cosines of the step. */
  readonly timeFeatures: number;
}

/** A diffusion model, trained by the squared error of the noise that it tells. */
interface DiffusionWorkload extends Common, DiffusionSizes {}

/** Bins of a spline. */
export const BINS = 8;

/** Adam's step size; its other settings are the usual ones. */
export const LEARNING_RATE = 1e-3;

const flows: readonly FlowWorkload[] = [
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

const autoencoders: readonly AutoencoderWorkload[] = [
  {
    name: 'vae-mnist',
    networks: 'perceptron',
    features: 784,
    latent: 40,
    hidden: [400, 400],
    batch: 128,
    data: 'circles',
    parameters: 997_664,
    losses: [543.391202, 283.964985],
  },
  {
    name: 'vae-conv-mnist',
    networks: 'convolutional',
    features: 784,
    latent: 40,
    hidden: [32, 64],
    batch: 64,
    data: 'circles',
    parameters: 446_225,
    losses: [581.812141, 310.857332],
  },
  {
    name: 'diffusion-prior-vae',
    networks: 'perceptron',
    features: 784,
    latent: 40,
    hidden: [400, 400],
    prior: { hidden: [128, 128, 128], timeFeatures: 32 },
    batch: 128,
    data: 'circles',
    parameters: 1_045_192,
    losses: [506.043165, 190.525112],
  },
];

const hybrids: readonly HybridWorkload[] = [
  {
    name: 'aphynity-pendulum',
    features: 42,
    memory: 128,
    hidden: [150, 150, 150],
    batch: 100,
    data: 'pendulum',
    parameters: 180_741,
    losses: [0.324391, 0.047656],
  },
];

const diffusions: readonly DiffusionWorkload[] = [
  {
    name: 'ddpm-2d',
    features: 2,
    timeFeatures: 32,
    hidden: [128, 128, 128],
    batch: 512,
    data: 'ring',
    parameters: 37_762,
    losses: [2.229205, 0.945771],
  },
];

export const workloads: readonly Workload[] = [
  ...flows,
  ...autoencoders,
  ...hybrids,
  ...diffusions,
];
