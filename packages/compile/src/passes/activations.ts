import { type Node, node, type Program, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { reshaped } from './aliases.js';

const kernels: Readonly<Record<string, string>> = {
  elu: 'Elu',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
};

/** Fused kernels end with their bias: the activation is a kernel of its own, as it is everywhere else. */
export function withActivationsApart(program: Program): Program {
  return rewrite(program, (fused) => {
    const kernel = kernels[fused.attributes.activation as string];
    return kernel === undefined ? undefined : [apart(fused, kernel)];
  });
}

function apart(fused: Node, kernel: string): Value {
  const inputs = Object.fromEntries(fused.names.map((name, i) => [name, fused.inputs[i]!]));
  const { preluActivationWeights: weights, ...others } = inputs;
  const attributes = { ...fused.attributes, activation: 'linear' };
  const [x] = node(fused.kernel, others, attributes, fused.outputs).outputs as [Value];
  const alpha = weights && perChannel(weights, fused);
  return node(
    kernel,
    alpha === undefined ? { x } : { x, alpha },
    { alpha: fused.attributes.leakyreluAlpha },
    fused.outputs,
  ).outputs[0]!;
}

/** Weights of channels that come before rows and columns. */
function perChannel(weights: Value, { attributes }: Node): Value {
  const isRow = weights.shape.length === 1 && attributes.dataFormat === 'NCHW';
  return isRow ? reshaped(weights, [weights.shape[0]!, 1, 1]) : weights;
}
