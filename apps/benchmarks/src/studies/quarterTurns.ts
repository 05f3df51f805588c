import { Split } from '@pushforward/datasets';

const classes = ['upright', 'a quarter', 'half', 'three quarters'];

/**
 * Images turned to the left by no, one, two and three quarters of a turn, one after the other, with how far as their class: what
 * images can teach that have no classes.
 *
 * Source: Gidaris, Singh and Komodakis, "Unsupervised representation learning by predicting image rotations", ICLR 2018,
 * arXiv:1803.07728.
 *
 * @param image a square one; the colours of a pixel are side by side
 */
export function quarterTurns(
  { name, source, columns, x, length }: Split,
  [side, , colours]: readonly [number, number, number],
): Split {
  const pixels = Array.from({ length: side * side }, (_, i) => i);
  // Where each pixel comes from.
  const turned = (from: readonly number[]) =>
    pixels.map((i) => from[(i % side) * side + side - 1 - Math.floor(i / side)]!);
  const from = [pixels];
  while (from.length < classes.length) from.push(turned(from.at(-1)!));
  const values = Float32Array.from({ length }, (_, n) => n % classes.length);
  const y = new Float32Array(x.length);
  for (const [n, turn] of values.entries())
    for (const [i, origin] of from[turn]!.entries())
      for (let c = 0; c < colours; c++)
        y[(n * side * side + i) * colours + c] = x[(n * side * side + origin) * colours + c]!;
  return new Split({ name, source, columns, x: y, target: { name: 'turn', values, classes } });
}
