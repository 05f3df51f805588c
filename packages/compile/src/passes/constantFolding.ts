import * as tf from '@tensorflow/tfjs';
import {
  constantValue,
  type Node,
  type Numbers,
  numbersOf,
  type Program,
  sizeOf,
  type Value,
} from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';

/** Beyond this many numbers, storing a result costs more than computing it. */
const LARGEST = 1 << 16;

/** Computes now what depends on constants alone, on the engine in use. */
export function withConstantsFolded(program: Program): Program {
  return rewrite(program, (node) => {
    const isKnown = node.inputs.every((input) => input.source.kind === 'constant');
    const isSmall = node.outputs.every((output) => sizeOf(output.shape) <= LARGEST);
    // A filled tensor is a number and a shape: the operations that use it read the number.
    const isFilled = ['Fill', 'ZerosLike', 'OnesLike', 'Tile'].includes(node.kernel);
    const isScalar = node.outputs.every((output) => sizeOf(output.shape) === 1);
    const own = tf.getKernel(node.kernel, tf.getBackend()) as tf.KernelConfig | undefined;
    return isKnown && isSmall && (!isFilled || isScalar) && own ? evaluated(node) : undefined;
  });
}

function evaluated(node: Node): Value[] {
  const values: Value[] = [];
  tf.tidy(() => {
    const inputs = node.inputs.map(({ shape, dtype, source }) =>
      tf.tensor((source as { values: Numbers }).values, [...shape], dtype),
    );
    const named =
      node.names[0] === '0'
        ? inputs
        : Object.fromEntries(node.names.map((name, i) => [name, inputs[i]!]));
    const outputs = tf
      .engine()
      .runKernel(
        node.kernel,
        named as tf.NamedTensorMap,
        node.attributes as Parameters<ReturnType<typeof tf.engine>['runKernel']>[2],
      );
    for (const [i, output] of [outputs].flat().entries()) {
      const { shape, dtype } = node.outputs[i]!;
      values.push(constantValue(shape, dtype, numbersOf(output)));
    }
  });
  return values;
}
