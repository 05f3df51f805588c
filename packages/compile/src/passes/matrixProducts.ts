import { type Node, node, type Program, type Value } from '../graph/program.js';
import { rewrite, usesOf } from '../graph/rewrite.js';

/** Transposes of a product's operands become flags of the product. */
export function withTransposesAbsorbed(program: Program): Program {
  return rewrite(program, (node) =>
    node.kernel === 'BatchMatMul' ? transposesAbsorbed(node) : undefined,
  );
}

/**
 * A bias added to a product or a convolution becomes part of it, which is one Gemm in ONNX.
 *
 * For lowering alone: the engines' own kernel of that name wants operands in three dimensions.
 */
export function withBiasesAbsorbed(program: Program): Program {
  const uses = usesOf(program);
  return rewrite(program, (node) =>
    node.kernel === 'Add' ? biasAbsorbed(node, (value) => uses.get(value) ?? 0) : undefined,
  );
}

function transposesAbsorbed(product: Node): readonly Value[] | undefined {
  const [a, b] = product.inputs as readonly [Value, Value];
  const plainA = beforeTranspose(a);
  const plainB = beforeTranspose(b);
  if (plainA === undefined && plainB === undefined) return undefined;
  const { transposeA, transposeB } = product.attributes;
  return node(
    'BatchMatMul',
    { a: plainA ?? a, b: plainB ?? b },
    {
      ...product.attributes,
      transposeA: (transposeA === true) !== (plainA !== undefined),
      transposeB: (transposeB === true) !== (plainB !== undefined),
    },
    product.outputs,
  ).outputs;
}

/** What a value is the transpose of, in its last two axes. */
function beforeTranspose(value: Value): Value | undefined {
  if (value.source.kind !== 'node' || value.source.node.kernel !== 'Transpose') return undefined;
  const permutation = value.source.node.attributes.perm as readonly number[];
  const rank = permutation.length;
  const swapsLastTwo = permutation.every((from, to) =>
    to < rank - 2 ? from === to : from === 2 * rank - 3 - to,
  );
  return swapsLastTwo && rank >= 2 ? value.source.node.inputs[0] : undefined;
}

/** X W + b for a row b, and matrices X, W or images and a filter. */
function biasAbsorbed(sum: Node, uses: (value: Value) => number): readonly Value[] | undefined {
  for (const [product, bias] of [
    [sum.inputs[0]!, sum.inputs[1]!],
    [sum.inputs[1]!, sum.inputs[0]!],
  ] as const) {
    if (product.source.kind !== 'node' || uses(product) > 1) continue;
    const { node: inner } = product.source;
    const fused = kernelWithBias(inner);
    const isRow =
      bias.shape.at(-1) === product.shape.at(-1) &&
      bias.shape.length <= product.shape.length &&
      bias.shape.slice(0, -1).every((size) => size === 1);
    if (fused === undefined || !isRow) continue;
    const [a, b] = inner.names as readonly [string, string];
    return node(
      fused,
      { [a]: inner.inputs[0]!, [b]: inner.inputs[1]!, bias },
      { ...inner.attributes, activation: 'linear' },
      sum.outputs,
    ).outputs;
  }
  return undefined;
}

/** The kernel that is this one and the sum with a row. */
function kernelWithBias({ kernel, attributes, outputs }: Node): string | undefined {
  if (kernel === 'BatchMatMul') return outputs[0]!.shape.length === 2 ? '_FusedMatMul' : undefined;
  return kernel === 'Conv2D' && attributes.dataFormat !== 'NCHW' ? 'FusedConv2D' : undefined;
}
