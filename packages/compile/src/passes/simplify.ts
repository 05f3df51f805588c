import type { Program } from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { withoutAliases } from './aliases.js';
import { withShorterArithmetic } from './arithmetic.js';
import { withoutRepetition } from './commonSubexpressions.js';
import { withConstantsFolded } from './constantFolding.js';
import { withProductsFused } from './matrixProducts.js';

/** A smaller program that computes the same: each pass in the order in which it helps the next. */
export function simplify(program: Program): Program {
  const passes = [
    scheduled,
    withoutAliases,
    withConstantsFolded,
    withShorterArithmetic,
    withoutRepetition,
    withProductsFused,
    withShorterArithmetic,
    withoutRepetition,
  ];
  return passes.reduce((program, pass) => pass(program), program);
}
