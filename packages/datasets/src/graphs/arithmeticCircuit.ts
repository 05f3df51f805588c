import type { Key } from '@pushforward/tensors';
import { Split } from '../split/split.js';
import { Draws, logNormal } from '../toys/toy.js';
import { along, rowsOf } from './graphLaw.js';

const COLUMNS = ['z0', 'z1', 'z2', 'z3', 'z4', 'z5', 'x0', 'x1'];

/**
 * A circuit of sums, products and tanh with noise at every gate, in eight numbers: z0 ~ Laplace(5, 1), z1 ~
 * Laplace(-2, 1), z2 ~ N(tanh(z0 + z1 - 2.8), 0.1), z3 ~ N(z0 z1, 0.1), z4 ~ N(7, 2), z5 ~ N(tanh(z3 + z4), 0.1), x0 ~
 * N(z3, 0.1), x1 ~ N(z5, 0.1), where N(m, s) has the standard deviation s.
 *
 * Source: Wehenkel and Louppe, "Graphical normalizing flows", AISTATS 2021, table 1, after Weilbach et al., "Structured
 * conditional continuous normalizing flows", AISTATS 2020. The constants are recalled; the numbers of columns and of
 * edges are the published ones.
 *
 * @returns n rows (z0, z1, z2, z3, z4, z5, x0, x1)
 */
export function arithmeticCircuit(key: Key, n: number): Split {
  const draws = new Draws(key, n);
  const [laplace0, laplace1] = [draws.laplace(), draws.laplace()];
  const noise = Array.from({ length: 6 }, () => draws.normal());
  const x = rowsOf(COLUMNS, n, (i) => {
    const [e2, e3, e4, e5, f0, f1] = noise.map((column) => column[i]!) as Six;
    const [z0, z1] = [5 + laplace0[i]!, -2 + laplace1[i]!];
    const [z2, z3, z4] = [Math.tanh(z0 + z1 - 2.8) + 0.1 * e2, z0 * z1 + 0.1 * e3, 7 + 2 * e4];
    const z5 = Math.tanh(z3 + z4) + 0.1 * e5;
    return [z0, z1, z2, z3, z4, z5, z3 + 0.1 * f0, z5 + 0.1 * f1];
  });
  return new Split({ name: 'arithmeticCircuit', source: 'drawn by key', x, columns: COLUMNS });
}

type Six = [number, number, number, number, number, number];

/** The name of each number. */
arithmeticCircuit.columns = COLUMNS as readonly string[];

/** The true network, of eight edges. */
arithmeticCircuit.adjacency = along(COLUMNS, [
  ['z0', 'z2'],
  ['z1', 'z2'],
  ['z0', 'z3'],
  ['z1', 'z3'],
  ['z3', 'z5'],
  ['z4', 'z5'],
  ['z3', 'x0'],
  ['z5', 'x1'],
]) as readonly (readonly number[])[];

/** The sum of the log-densities of all columns given those that they are drawn from. */
arithmeticCircuit.logProb = (x: ArrayLike<number>): number => {
  const [z0, z1, z2, z3, z4, z5, x0, x1] = Array.from(x) as [...Six, number, number];
  return (
    logLaplace(z0 - 5) +
    logLaplace(z1 + 2) +
    logNormal(z2, Math.tanh(z0 + z1 - 2.8), 0.1) +
    logNormal(z3, z0 * z1, 0.1) +
    logNormal(z4, 7, 2) +
    logNormal(z5, Math.tanh(z3 + z4), 0.1) +
    logNormal(x0, z3, 0.1) +
    logNormal(x1, z5, 0.1)
  );
};

function logLaplace(x: number): number {
  return -Math.abs(x) - Math.LN2;
}
