/** Activations that ONNX has under other names or not at all. */
import type { Lowering } from './lowering.js';

/** Klambauer et al. 2017: scale and shape for which mean 0 and variance 1 stay so. */
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

export const activationKernels: Record<string, Lowering> = {
  EluGrad: (graph, [dy, y]) => {
    const slope = graph.emit('Min', [graph.emit('Add', [y!, graph.scalar(1)]), graph.scalar(1)]);
    return graph.emit('Mul', [dy!, slope]);
  },

  LeakyRelu: (graph, [x], { attributes }) =>
    graph.emit('LeakyRelu', [x!], { alpha: { float: attributes.alpha as number } }),

  /** Written out: ONNX wants weights in the shape of channels. */
  Prelu: (graph, [x, weights]) => {
    const positive = graph.emit('Greater', [x!, graph.scalar(0)]);
    return graph.emit('Where', [positive, x!, graph.emit('Mul', [x!, weights!])]);
  },

  Relu6: (graph, [x]) => graph.emit('Clip', [x!, graph.scalar(0), graph.scalar(6)]),

  /** Written out: ONNX Runtime has it in single precision alone. */
  Selu: (graph, [x]) => {
    const below = graph.emit('Sub', [graph.emit('Exp', [x!]), graph.scalar(1)]);
    return graph.emit('Where', [
      graph.emit('Less', [x!, graph.scalar(0)]),
      graph.emit('Mul', [below, graph.scalar(SELU_SCALE_ALPHA)]),
      graph.emit('Mul', [x!, graph.scalar(SELU_SCALE)]),
    ]);
  },

  Softmax: (graph, [x], { attributes }) =>
    graph.emit('Softmax', [x!], { axis: attributes.dim as number }),

  /**
   * max(x, 0) + log(1 + u) with u = e^-|x|, in operators that ONNX Runtime computes many numbers at once by, as it does not
   * its own. To the logarithm of w = 1 + u is added what rounding took from w, which is all of it where u is small.
   */
  Softplus: (graph, [x]) => {
    const one = graph.scalar(1);
    const u = graph.emit('Exp', [graph.emit('Neg', [graph.emit('Abs', [x!])])]);
    const w = graph.emit('Add', [u, one]);
    const lost = graph.emit('Sub', [u, graph.emit('Sub', [w, one])]);
    const logarithm = graph.emit('Add', [graph.emit('Log', [w]), lost]);
    return graph.emit('Add', [graph.emit('Relu', [x!]), logarithm]);
  },

  /** 1 where x > 0, `alpha` elsewhere. A steep enough ramp is a step but for the smallest of subnormal numbers. */
  Step: (graph, [x], { attributes }) => {
    const alpha = (attributes.alpha as number | undefined) ?? 0;
    if (alpha === 0 && graph.precision === 'float32')
      return graph.emit('HardSigmoid', [x!], { alpha: { float: 3e38 }, beta: { float: 0 } });
    const positive = graph.emit('Greater', [x!, graph.scalar(0)]);
    return alpha === 0
      ? graph.emit('Cast', [positive], { to: graph.numberOf('float32') })
      : graph.emit('Where', [positive, graph.scalar(1), graph.scalar(alpha)]);
  },
};
