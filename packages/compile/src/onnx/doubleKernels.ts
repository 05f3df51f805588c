/** Kernels that ONNX Runtime has in single precision alone, written in those that it has in double precision. */
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';

/** Arithmetic on named values and numbers. */
function calculator(graph: OnnxGraph) {
  const name = (x: string | number) => (typeof x === 'string' ? x : graph.scalar(x));
  const binary = (op: string) => (a: string | number, b: string | number) =>
    graph.emit(op, [name(a), name(b)]);
  const unary = (op: string) => (x: string) => graph.emit(op, [x]);
  return {
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    max: binary('Max'),
    min: binary('Min'),
    abs: unary('Abs'),
    exp: unary('Exp'),
    log: unary('Log'),
    sin: unary('Sin'),
    cos: unary('Cos'),
    sqrt: unary('Sqrt'),
    sign: unary('Sign'),
    neg: unary('Neg'),
    tanh: unary('Tanh'),
    where: (condition: string, a: string | number, b: string | number) =>
      graph.emit('Where', [condition, name(a), name(b)]),
    less: binary('Less'),
    equal: binary('Equal'),
    /** The operator in single precision, as a first guess. */
    guess: (op: string, x: string) =>
      graph.emit('Cast', [graph.emit(op, [graph.emit('Cast', [x], { to: 1 })])], { to: 11 }),
  };
}

type Calculator = ReturnType<typeof calculator>;

const of =
  (value: (c: Calculator, x: string) => string): Lowering =>
  (graph, [x]) =>
    value(calculator(graph), x!);

/** 2 tanh(x/2) / (1 - tanh(x/2)) keeps the digits that e^x - 1 loses near 0. */
function expm1(c: Calculator, x: string): string {
  const half = c.tanh(c.mul(x, 0.5));
  const small = c.div(c.add(half, half), c.sub(1, half));
  return c.where(c.less(c.abs(x), 0.5), small, c.sub(c.exp(x), 1));
}

/** Kahan: log(u) x / (u - 1) with u = 1 + x cancels the rounding of u. */
function log1p(c: Calculator, x: string): string {
  const u = c.add(1, x);
  const excess = c.sub(u, 1);
  const isOne = c.equal(excess, 0);
  const corrected = c.mul(c.log(u), c.div(x, c.where(isOne, 1, excess)));
  return c.where(isOne, x, corrected);
}

/** cos of the arc whose sine is x. */
const otherLeg = (c: Calculator, x: string) => c.sqrt(c.mul(c.sub(1, x), c.add(1, x)));

/** Beyond it, erf is 1 to the last digit of a double. */
const ERF_END = 6;
const ERF_TERMS = 130;

/** erf x = 2/sqrt(pi) e^(-x^2) (x + 2 x^3/3 + 4 x^5/(3*5) + ...): all terms of one sign. */
function erf(c: Calculator, value: string): string {
  const x = c.max(c.min(value, ERF_END), -ERF_END);
  const square = c.mul(x, x);
  let series = c.mul(square, 0);
  for (let n = ERF_TERMS; n > 0; n--)
    series = c.mul(c.mul(square, 2 / (2 * n + 1)), c.add(series, 1));
  const factor = c.mul(c.exp(c.neg(square)), 2 / Math.sqrt(Math.PI));
  return c.mul(c.mul(factor, x), c.add(series, 1));
}

export const doubleKernels: Readonly<Record<string, Lowering>> = {
  Elu: of((c, x) => c.add(c.max(x, 0), expm1(c, c.min(x, 0)))),
  Softplus: of((c, x) => c.add(c.max(x, 0), log1p(c, c.exp(c.neg(c.abs(x)))))),
  LeakyRelu: (graph, [x], { attributes }) => {
    const c = calculator(graph);
    return c.add(c.max(x!, 0), c.mul(c.min(x!, 0), attributes.alpha as number));
  },
  Erf: of(erf),

  Sinh: of((c, x) => {
    const u = expm1(c, x);
    return c.mul(0.5, c.add(u, c.div(u, c.add(u, 1))));
  }),
  Cosh: of((c, x) => c.mul(0.5, c.add(c.exp(x), c.exp(c.neg(x))))),
  Asinh: of((c, x) => {
    const size = c.abs(x);
    const square = c.mul(x, x);
    const root = c.sqrt(c.add(1, square));
    return c.mul(c.sign(x), log1p(c, c.add(size, c.div(square, c.add(1, root)))));
  }),
  Acosh: of((c, x) => c.log(c.add(x, c.sqrt(c.mul(c.sub(x, 1), c.add(x, 1)))))),
  Atanh: of((c, x) => c.mul(0.5, log1p(c, c.div(c.mul(2, x), c.sub(1, x))))),

  Tan: of((c, x) => c.div(c.sin(x), c.cos(x))),
  // A guess a in single precision is off by so little that the sine of the rest is the rest.
  Atan: of((c, x) => {
    const a = c.guess('Atan', x);
    const [sin, cos] = [c.sin(a), c.cos(a)];
    return c.add(a, c.div(c.sub(c.mul(x, cos), sin), c.add(cos, c.mul(x, sin))));
  }),
  Asin: of((c, x) => {
    const a = c.guess('Asin', x);
    return c.add(a, c.sub(c.mul(x, c.cos(a)), c.mul(otherLeg(c, x), c.sin(a))));
  }),
  Acos: of((c, x) => {
    const a = c.guess('Acos', x);
    return c.add(a, c.sub(c.mul(otherLeg(c, x), c.cos(a)), c.mul(x, c.sin(a))));
  }),
};
