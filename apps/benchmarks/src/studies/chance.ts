/**
 * The probability that at least so many of those drawn, without putting any back, are marked: the upper tail of the
 * hypergeometric law.
 */
export function chance(
  least: number,
  { drawn, marked, all }: { drawn: number; marked: number; all: number },
): number {
  let sum = 0;
  for (let k = least; k <= Math.min(drawn, marked); k++)
    sum += Math.exp(
      logChoose(marked, k) + logChoose(all - marked, drawn - k) - logChoose(all, drawn),
    );
  return sum;
}

/** log of n over k; minus infinity where there is no way to choose. */
function logChoose(n: number, k: number): number {
  if (k > n) return Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
