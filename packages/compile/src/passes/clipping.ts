import { node, type Program, sizeOf, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';

/**
 * The larger of the smaller is one clip, and the step of a gradient is that of the rectified value: where nothing
 * else needs the value before, product, bias and rectifier are one operator.
 */
export function withClipping(program: Program): Program {
  const rectified = new Map<Value, Value>();
  return rewrite(program, (current) => {
    const [x] = current.inputs;
    if (current.kernel === 'Relu') rectified.set(x!, current.outputs[0]!);
    if (current.kernel === 'Minimum') return clip(current.inputs, current.outputs);
    const positive = rectified.get(x!);
    if (current.kernel !== 'Step' || positive === undefined) return undefined;
    return node('Step', { x: positive }, current.attributes, current.outputs).outputs;
  });
}

/** min(max(x, low), high). */
function clip(
  [clipped, high]: readonly Value[],
  outputs: readonly Value[],
): readonly Value[] | undefined {
  if (clipped?.source.kind !== 'node' || clipped.source.node.kernel !== 'Maximum') return undefined;
  const [x, low] = clipped.source.node.inputs as readonly [Value, Value];
  const clipValueMin = scalar(low);
  const clipValueMax = scalar(high!);
  if (clipValueMin === undefined || clipValueMax === undefined || clipped.dtype !== 'float32')
    return undefined;
  return node('ClipByValue', { x }, { clipValueMin, clipValueMax }, outputs).outputs;
}

function scalar({ shape, source }: Value): number | undefined {
  return source.kind === 'constant' && sizeOf(shape) === 1 && shape.length === 0
    ? source.values[0]
    : undefined;
}
