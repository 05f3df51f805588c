/** Knots and slopes from parameters, in double precision and by the definition. */
export function knotsOf(h: readonly number[], bins: number, bound: number, slopeBound: number) {
  const positive = (value: number, limit: number) => {
    const z = value / (1 + (Math.abs(value) * (limit + 1)) / (2 * (limit - 1)));
    return (1 + z / 2) / (1 - z / 2);
  };
  const positions = (sizes: readonly number[]) => {
    const total = sizes.reduce((a, b) => a + b, 0);
    const knots = [-bound];
    for (const size of sizes) knots.push(knots.at(-1)! + (2 * bound * size) / total);
    return knots;
  };
  const size = (value: number) => positive(value, Math.sqrt(slopeBound));
  return {
    x: positions(h.slice(0, bins).map(size)),
    y: positions(h.slice(bins, 2 * bins).map(size)),
    slopes: [1, ...h.slice(2 * bins).map((value) => positive(value, slopeBound)), 1],
  };
}
