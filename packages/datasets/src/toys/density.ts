import { logNormal } from './toy.js';

/** log sum_k exp(l_k). */
export function logSumExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}

/**
 * log integral w(t) N(x; c(t), sd^2 I) dt: the density of points that lie about a curve.
 *
 * By Simpson's rule with some eight nodes to a standard deviation, which leaves a relative error of 1e-6 at the ends
 * of the curve and far less elsewhere.
 *
 * @param weight the density of t on [low, high], or a multiple of it
 * @param length an upper bound of the length of the curve
 */
export function aboutCurve(
  curve: (t: number) => readonly [number, number],
  weight: (t: number) => number,
  [low, high]: readonly [number, number],
  { sd, length }: { readonly sd: number; readonly length: number },
): (x1: number, x2: number) => number {
  const panels = 2 * Math.ceil((4 * length) / sd);
  const step = (high - low) / panels;
  const [c1, c2, w] = [0, 1, 2].map(() => new Float64Array(panels + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let k = 0; k <= panels; k++) {
    const t = low + k * step;
    const simpson = k === 0 || k === panels ? 1 : k % 2 === 0 ? 2 : 4;
    [c1[k], c2[k]] = curve(t);
    w[k] = (weight(t) * simpson * step) / 3;
  }
  const squares = new Float64Array(panels + 1);
  return (x1, x2) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let k = 0; k <= panels; k++) {
      squares[k] = (x1 - c1[k]!) ** 2 + (x2 - c2[k]!) ** 2;
      nearest = Math.min(nearest, squares[k]!);
    }
    // Beyond nine standard deviations more than the nearest nothing is left in double precision.
    const relevant = nearest + 81 * sd ** 2;
    let sum = 0;
    for (let k = 0; k <= panels; k++)
      if (squares[k]! < relevant) sum += w[k]! * Math.exp((nearest - squares[k]!) / (2 * sd ** 2));
    return 2 * logNormal(0, 0, sd) - nearest / (2 * sd ** 2) + Math.log(sum);
  };
}

/** log of the density of points that are normal about a ring: exp(-(rho - r)^2 / 2 s^2) e^-z I_0(z) / 2 pi s^2, z = rho r / s^2. */
export function logAboutRing(x1: number, x2: number, radius: number, sd: number): number {
  const rho = Math.hypot(x1, x2);
  return (
    logNormal(rho, radius, sd) + logNormal(0, 0, sd) + logScaledBessel((rho * radius) / sd ** 2)
  );
}

/** log(e^-z I_0(z)), z >= 0: the power series, or the asymptotic one (Abramowitz and Stegun, 9.6.12 and 9.7.1). */
function logScaledBessel(z: number): number {
  const isSmall = z < 20;
  const next = (k: number) => (isSmall ? z ** 2 / (2 * k) ** 2 : (2 * k - 1) ** 2 / (8 * k * z));
  let [term, sum] = [1, 1];
  for (let k = 1; k <= (isSmall ? 60 : 16); k++) {
    term *= next(k);
    sum += term;
  }
  return Math.log(sum) - (isSmall ? z : 0.5 * Math.log(2 * Math.PI * z));
}
