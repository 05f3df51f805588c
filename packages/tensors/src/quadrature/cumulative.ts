import { clenshawCurtis } from './rules.js';

/**
 * The integrals from -1 to every node of Clenshaw-Curtis with n steps, as weights of the values at all nodes:
 * `weights[j][k]` is int_{-1}^{x_j} of the polynomial that is 1 at node k and 0 at the others.
 *
 * One evaluation at the nodes thus gives the integral up to each of them; the row of the node 1 is the rule itself.
 *
 * Source: Clenshaw and Curtis, "A method for numerical integration on an automatic computer", 1960, section 3.
 *
 * @returns `[n + 1][n + 1]`
 * @throws DomainError unless n is an integer >= 2
 */
export function cumulativeClenshawCurtis(n: number): readonly (readonly number[])[] {
  const { nodes } = clenshawCurtis(n);
  const known = matrices.get(n);
  if (known !== undefined) return known;
  // integrals[j][m]: of T_m from -1 to x_j = cos(j pi / n).
  const integrals = nodes.map((_, j) =>
    nodes.map((_, m) => integralOfChebyshev(m, (j * Math.PI) / n)),
  );
  const half = (i: number) => (i === 0 || i === n ? 0.5 : 1);
  const matrix = nodes.map((_, j) =>
    nodes.map((_, k) => {
      let sum = 0;
      for (let m = 0; m <= n; m++)
        sum += half(m) * Math.cos((m * k * Math.PI) / n) * integrals[j]![m]!;
      return (2 / n) * half(k) * sum;
    }),
  );
  matrices.set(n, matrix);
  return matrix;
}

const matrices = new Map<number, readonly (readonly number[])[]>();

/** int_{-1}^{cos a} T_m. */
function integralOfChebyshev(m: number, angle: number): number {
  const antiderivative = (angle: number) => {
    if (m === 0) return Math.cos(angle);
    if (m === 1) return Math.cos(2 * angle) / 4;
    return Math.cos((m + 1) * angle) / (2 * (m + 1)) - Math.cos((m - 1) * angle) / (2 * (m - 1));
  };
  return antiderivative(angle) - antiderivative(Math.PI);
}
