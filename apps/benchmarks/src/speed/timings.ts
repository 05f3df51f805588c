/** The part of a measurement that runs anywhere, in Node and in a page. */
import { compile } from '@pushforward/compile';
import { Key, type Tensor } from '@pushforward/tensors';
import { Adam } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { BATCHES, rowsOf } from './data.js';
import type { Row } from './row.js';
import { subjectOf } from './subject.js';
import { LEARNING_RATE, type Workload } from './workloads.js';

/** Whether programs are recorded, and what runs them. */
export type Mode = 'onnx' | 'tensorflow' | 'replay' | 'eager';

const WARM_UP = 8;
const SAMPLES = 1000;

/** How long to measure. */
export interface Budget {
  /** At least so many timed steps. */
  readonly steps: number;
  /** And at least so long, up to 400 steps. */
  readonly seconds: number;
}

/**
 * Times training steps (loss read back), evaluation and sampling.
 *
 * @param startedAt when the process was started, as of `Date.now()`
 */
export async function timings(
  workload: Workload,
  mode: Mode,
  budget: Budget,
  startedAt: number,
): Promise<Omit<Row, 'engine' | 'rssMb'>> {
  const subject = subjectOf(workload);
  const { parameters } = subject;
  const adam = new Adam(parameters);
  const rows = rowsOf(workload);
  const size = workload.batch * workload.features;
  const batches = Array.from({ length: BATCHES }, (_, i) =>
    tf.tensor2d(rows.subarray(i * size, (i + 1) * size), [workload.batch, workload.features]),
  );
  const train = program(mode, (x: Tensor, key: Key) =>
    tf.tidy(() => {
      const loss = () => subject.loss(x, key) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, parameters);
      adam.update(
        parameters.map(({ name }) => grads[name]),
        LEARNING_RATE,
      );
      return value;
    }),
  );
  const evaluate = program(mode, subject.loss);
  const sample = program(mode, (key: Key) => subject.sample(key, SAMPLES));

  const losses: number[] = [];
  const step = async () => {
    const x = batches[losses.length % BATCHES]!;
    const values = await numbers(train(x, Key.from(losses.length)));
    losses.push(values[0]!);
    return values;
  };
  const called = performance.now();
  await step();
  const compileS = mode === 'eager' ? null : rounded((performance.now() - called) / 1000);
  const coldS = (Date.now() - startedAt) / 1000;
  while (losses.length < WARM_UP) await step();
  const trainMs = await times(step, budget.steps, budget.seconds, 400);
  const evalMs = await times(
    () => numbers(evaluate(batches[0]!, Key.from(0))),
    3,
    budget.seconds / 3,
    60,
  );
  const sampleMs = await times(() => numbers(sample(Key.from(1))), 3, budget.seconds / 3, 60);
  return {
    workload: workload.name,
    trainMedianMs: rounded(median(trainMs)),
    trainMinMs: rounded(Math.min(...trainMs)),
    // The first calls record.
    evalMs: rounded(Math.min(...evalMs.slice(1))),
    sampleMs: rounded(Math.min(...sampleMs.slice(1))),
    compileS,
    coldS: rounded(coldS),
    params: parameters.reduce((total, { size }) => total + size, 0),
    lossFirst: rounded(mean(losses.slice(0, BATCHES))),
    lossLast: rounded(mean(losses.slice(-BATCHES))),
    loss1: losses[0]!,
    loss30: losses[29]!,
  };
}

function program<Args extends readonly unknown[]>(
  mode: Mode,
  fn: (...args: Args) => Tensor,
): (...args: Args) => Promise<Tensor> {
  if (mode === 'eager') return (...args) => Promise.resolve(fn(...args));
  return compile(fn, { target: mode });
}

/** The numbers of a result, which is freed. */
async function numbers(result: Promise<Tensor>): Promise<Float32Array> {
  const tensor = await result;
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** Milliseconds of each call, whose numbers are to be finite: at least `least` calls and `seconds`, at most `most` calls. */
async function times(
  call: () => Promise<Float32Array>,
  least: number,
  seconds: number,
  most: number,
): Promise<number[]> {
  const start = performance.now();
  const taken: number[] = [];
  while (
    taken.length < least ||
    (taken.length < most && performance.now() - start < 1000 * seconds)
  ) {
    const from = performance.now();
    const values = await call();
    taken.push(performance.now() - from);
    if (!values.every(Number.isFinite)) throw new Error('a result is not finite');
  }
  return taken;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

export function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
