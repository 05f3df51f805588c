import type { Program } from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import type { Precision } from '../onnx/model.js';
import { withActivationsApart } from './activations.js';
import { withoutAliases } from './aliases.js';
import { withShorterArithmetic } from './arithmetic.js';
import { withClipping } from './clipping.js';
import { withColumnsTraced } from './columns.js';
import { withoutRepetition } from './commonSubexpressions.js';
import { withConstantsFolded } from './constantFolding.js';
import { withProductsJoined } from './joinedProducts.js';
import { withLikeRowsOnce } from './likeRows.js';
import { everywhere, withTrimmedLoops } from './loops.js';
import { withBiasesAbsorbed, withTransposesAbsorbed } from './matrixProducts.js';
import { withPackedState } from './packedState.js';
import { withReshapesBehind } from './reshapes.js';

/** A smaller program that computes the same, on any engine: each pass in the order in which it helps the next. */
export function simplify(program: Program, precision: Precision = 'float32'): Program {
  // Numbers that are computed here are rounded to single precision.
  const shortened = precision === 'float32' ? [withConstantsFolded, withShorterArithmetic] : [];
  return passed(program, [
    scheduled,
    withoutAliases,
    ...shortened,
    withTrimmedLoops,
    withoutRepetition,
    withTransposesAbsorbed,
    withColumnsTraced,
    withLikeRowsOnce,
    ...shortened,
    withoutRepetition,
  ]);
}

/** The form in which a program is lowered to ONNX or TensorFlow: fewer, larger operators on fewer, longer vectors. */
export function packed(program: Program): Program {
  return passed(program, [
    withActivationsApart,
    withClipping,
    withReshapesBehind,
    withProductsJoined,
    withPackedState,
    withBiasesAbsorbed,
    withoutRepetition,
  ]);
}

function passed(program: Program, passes: readonly ((program: Program) => Program)[]): Program {
  return passes.reduce((current, pass) => everywhere(pass)(current), program);
}
