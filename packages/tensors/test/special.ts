/** Special functions in plain double precision, by series that have nothing in common with the library's fits. */

/** e^(x^2) erfc x for x >= 2, by Laplace's continued fraction (DLMF 7.9.1), from its end. */
function erfcxFar(x: number): number {
  let tail = x;
  for (let k = 400; k > 0; k--) tail = x + k / 2 / tail;
  return 1 / (tail * Math.sqrt(Math.PI));
}

/** The Taylor series of erf (DLMF 7.6.2), in which all terms have one sign. */
function erfNear(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function erf(x: number): number {
  return Math.abs(x) < 2 ? erfNear(x) : Math.sign(x) * (1 - erfc(Math.abs(x)));
}

export function erfc(x: number): number {
  return x < 2 ? 1 - erf(x) : Math.exp(-x * x) * erfcxFar(x);
}

export function ndtr(x: number): number {
  return erfc(-x * Math.SQRT1_2) / 2;
}

export function logNdtr(x: number): number {
  const z = -x * Math.SQRT1_2;
  if (z >= 2) return Math.log(erfcxFar(z) / 2) - z * z;
  return x > 0 ? Math.log1p(-ndtr(-x)) : Math.log(ndtr(x));
}

/** By two of Halley's steps from a guess that is good to some digits. */
export function ndtri(p: number, guess: number): number {
  let z = guess;
  for (let i = 0; i < 2; i++) {
    // In the upper tail by its complement, which has the digits.
    const off = p < 0.5 ? ndtr(z) - p : 1 - p - ndtr(-z);
    const step = (off * Math.sqrt(2 * Math.PI)) / Math.exp((-z * z) / 2);
    z -= step / (1 + (z * step) / 2);
  }
  return z;
}

/** Likewise; near 0, where p would lose the digits of x, by erf itself. */
export function erfinv(x: number, guess: number): number {
  if (Math.abs(x) > 0.5)
    return (
      (-Math.sign(x) * ndtri((1 - Math.abs(x)) / 2, -Math.abs(guess) * Math.SQRT2)) / Math.SQRT2
    );
  let y = guess;
  for (let i = 0; i < 2; i++) {
    const step = ((erf(y) - x) * Math.sqrt(Math.PI)) / (2 * Math.exp(-y * y));
    y -= step / (1 + y * step);
  }
  return y;
}

/** Stirling's series (DLMF 5.11.1) at x + 30, and the recurrence back. */
export function lgamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  let product = 1;
  let back = 0;
  let w = x;
  for (; w < 30; w++) {
    product *= w;
    if (product > 1e200) {
      back += Math.log(product);
      product = 1;
    }
  }
  const v = 1 / (w * w);
  const series = (1 / 12 - v * (1 / 360 - v * (1 / 1260 - v / 1680))) / w;
  const stirling = (w - 0.5) * Math.log(w) - w + Math.log(2 * Math.PI) / 2 + series;
  return stirling - back - Math.log(product);
}

/** Its derivative, likewise (DLMF 5.11.2). */
export function digamma(x: number): number {
  if (x < 0.5) return digamma(1 - x) - (Math.PI * cosPi(x)) / sinPi(x);
  let back = 0;
  let w = x;
  for (; w < 30; w++) back += 1 / w;
  const v = 1 / (w * w);
  return Math.log(w) - 0.5 / w - v * (1 / 12 - v * (1 / 120 - v * (1 / 252 - v / 240))) - back;
}

export function log1mexp(x: number): number {
  return x < 0.5 ? Math.log(-Math.expm1(-x)) : Math.log1p(-Math.exp(-x));
}

/** sin(pi x) and cos(pi x), exact at integers however large. */
function sinPi(x: number): number {
  return Math.sin(Math.PI * (x % 2));
}

function cosPi(x: number): number {
  return Math.cos(Math.PI * (x % 2));
}
