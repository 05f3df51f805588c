/** Kernels on vectors of four numbers; they round as ONNX Runtime's do, so that either may compute a number. */
import { absolute, add, divide, multiply, negative, root, subtract } from './instructions.js';

/** What a kernel is in instructions, given those that fetch its inputs. */
type Lowering = (...inputs: readonly (readonly number[])[]) => readonly number[];

const of =
  (operation: readonly number[]): Lowering =>
  (...inputs) => [...inputs.flat(), ...operation];

export const vectorKernels: Readonly<Record<string, Lowering>> = {
  Abs: of(absolute),
  Add: of(add),
  Multiply: of(multiply),
  Neg: of(negative),
  RealDiv: of(divide),
  Sqrt: of(root),
  Square: (x) => [...x, ...x, ...multiply],
  Sub: of(subtract),
};
