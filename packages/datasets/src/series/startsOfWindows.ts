/** How far a step of time may be from the usual one. */
const TOLERANCE = 0.25;

/**
 * Where windows of `length` instants begin whose steps of time are all like the usual one, the median. A run of such
 * steps begins its windows at its own first instant.
 */
export function startsOfWindows(time: Float64Array, length: number, stride: number): number[] {
  const usual = medianStep(time);
  const starts: number[] = [];
  let run = 0;
  for (let i = 0; i < time.length; i++) {
    if (i > run && Math.abs(time[i]! - time[i - 1]! - usual) > TOLERANCE * usual) run = i;
    const start = i + 1 - length;
    if (start >= run && (start - run) % stride === 0) starts.push(start);
  }
  return starts;
}

function medianStep(time: Float64Array): number {
  const steps = time
    .subarray(1)
    .map((t, i) => t - time[i]!)
    .sort();
  return steps[Math.floor(steps.length / 2)] ?? 0;
}
