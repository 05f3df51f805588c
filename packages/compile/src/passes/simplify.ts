import type { Program } from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { withoutAliases } from './aliases.js';
import { withShorterArithmetic } from './arithmetic.js';
import { withoutRepetition } from './commonSubexpressions.js';
import { withConstantsFolded } from './constantFolding.js';
import { withBiasesAbsorbed, withTransposesAbsorbed } from './matrixProducts.js';
import { withPackedState } from './packedState.js';

/** A smaller program that computes the same, on any engine: each pass in the order in which it helps the next. */
export function simplify(program: Program): Program {
  const passes = [
    scheduled,
    withoutAliases,
    withConstantsFolded,
    withShorterArithmetic,
    withoutRepetition,
    withTransposesAbsorbed,
    withShorterArithmetic,
    withoutRepetition,
  ];
  return passes.reduce((program, pass) => pass(program), program);
}

/** The form in which a program is lowered to ONNX: fewer, larger operators. */
export function shapedForOnnx(program: Program): Program {
  return withoutRepetition(withPackedState(withBiasesAbsorbed(program)));
}
