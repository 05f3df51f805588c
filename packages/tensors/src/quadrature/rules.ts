import { checkCount } from '../check.js';

/**
 * A quadrature rule on [-1, 1]: the integral of f is about the sum of `weights[k] f(nodes[k])`, exactly so for
 * polynomials up to `degree`.
 */
export interface QuadratureRule {
  /** Where f is taken, in (or at the ends of) [-1, 1]. */
  readonly nodes: readonly number[];
  /** All positive, with sum 2. */
  readonly weights: readonly number[];
  /** The highest degree of polynomials that are integrated exactly. */
  readonly degree: number;
}

/**
 * The rule of Clenshaw and Curtis with n steps: n + 1 nodes cos(k pi / n), both ends among them, from 1 down to -1.
 *
 * w_k = c_k / n (1 - sum_{j=1}^{n/2} b_j cos(2 j k pi / n) / (4 j^2 - 1)), with c_k = 1 at the ends and 2 inside,
 * b_j = 1 for 2 j = n and 2 otherwise. The nodes of n steps are among those of 2 n. Rules are computed once.
 *
 * Source: Clenshaw and Curtis, "A method for numerical integration on an automatic computer", 1960; the weights as in
 * Waldvogel, "Fast construction of the Fejér and Clenshaw-Curtis quadrature rules", BIT 2006, eq. 2.2.
 *
 * @throws DomainError unless n is an integer >= 2
 */
export function clenshawCurtis(n: number): QuadratureRule {
  checkCount('clenshawCurtis', 'n', n, 2);
  return cached(clenshawCurtisRules, n, () => {
    const steps = Array.from({ length: n + 1 }, (_, k) => k);
    return {
      // As a sine the nodes are symmetric to the last digit, and 0 where it is one of them.
      nodes: steps.map((k) => Math.sin((Math.PI * (n - 2 * k)) / (2 * n))),
      weights: steps.map((k) => clenshawCurtisWeight(n, k)),
      degree: n % 2 === 0 ? n + 1 : n,
    };
  });
}

/**
 * The rule of Gauss and Legendre with n nodes, the zeros of the Legendre polynomial P_n in ascending order.
 *
 * w_k = 2 / ((1 - x_k^2) P_n'(x_k)^2). No rule of n nodes is exact to a higher degree than this, 2 n - 1; but its nodes
 * are those of no other rule. Rules are computed once.
 *
 * Source: Davis and Rabinowitz, "Methods of numerical integration", 1984, section 2.7.
 *
 * @throws DomainError unless n is an integer >= 1
 */
export function gaussLegendre(n: number): QuadratureRule {
  checkCount('gaussLegendre', 'n', n, 1);
  return cached(gaussLegendreRules, n, () => {
    const zeros = Array.from({ length: n }, (_, k) => legendreZero(n, n - 1 - k));
    return {
      nodes: zeros,
      weights: zeros.map((x) => 2 / ((1 - x * x) * legendre(n, x).slope ** 2)),
      degree: 2 * n - 1,
    };
  });
}

const clenshawCurtisRules = new Map<number, QuadratureRule>();
const gaussLegendreRules = new Map<number, QuadratureRule>();

function cached(
  rules: Map<number, QuadratureRule>,
  n: number,
  make: () => QuadratureRule,
): QuadratureRule {
  const known = rules.get(n);
  if (known !== undefined) return known;
  const rule = make();
  rules.set(n, rule);
  return rule;
}

function clenshawCurtisWeight(n: number, k: number): number {
  let sum = 1;
  for (let j = 1; 2 * j <= n; j++)
    sum -= ((2 * j === n ? 1 : 2) * Math.cos((2 * j * k * Math.PI) / n)) / (4 * j * j - 1);
  return ((k === 0 || k === n ? 1 : 2) / n) * sum;
}

/** The zero of P_n that is the k-th from above, by Newton's method from Tricomi's estimate. */
function legendreZero(n: number, k: number): number {
  if (2 * k + 1 === n) return 0;
  let x = (1 - (1 - 1 / n) / (8 * n * n)) * Math.cos((Math.PI * (4 * k + 3)) / (4 * n + 2));
  for (let i = 0; i < 5; i++) {
    const { value, slope } = legendre(n, x);
    x -= value / slope;
  }
  return x;
}

/** P_n(x) and P_n'(x) for |x| < 1, by Bonnet's recursion. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let [before, value] = [1, x];
  for (let j = 2; j <= n; j++)
    [before, value] = [value, ((2 * j - 1) * x * value - (j - 1) * before) / j];
  return { value, slope: (n * (before - x * value)) / (1 - x * x) };
}
