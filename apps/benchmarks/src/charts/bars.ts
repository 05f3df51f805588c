/** One bar of a histogram whose bars have area 1 together. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly density: number;
}

/** A histogram of `count` bars over [low, high]; what lies outside is counted, not drawn. */
export function bars(
  values: readonly number[],
  [low, high]: [number, number],
  count: number,
): Bar[] {
  const width = (high - low) / count;
  const counts = Array<number>(count).fill(0);
  for (const value of values) {
    const i = Math.floor((value - low) / width);
    if (i >= 0 && i < count) counts[i]! += 1;
  }
  return counts.map((n, i) => ({
    from: low + i * width,
    to: low + (i + 1) * width,
    density: n / (values.length * width),
  }));
}
