/**
 * Repairs to TensorFlow.js's WebAssembly backend (4.22.0), made when that engine is chosen.
 *
 * Wrong there: `log1p` is log(1 + x), so 0 for small x; `sin` and `cos` lose digits near their zeros; a product or sum
 * over an axis of length 0 is whatever the memory held; a long sum or mean, of numbers added one after the other, keeps
 * two digits of seven; a product whose right factor was that of another product in another shape writes outside its
 * memory; copies, casts and concatenations of numbers that lie on another backend fail where memory has to grow for them.
 * Needlessly slow: products of transposed matrices, stretched operands of comparisons, tiles, sums
 * over rows.
 */

import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

type Info = tf.TensorInfo;
type Backend = Pick<BackendWasm, 'dataIdMap' | 'disposeData' | 'makeOutput' | 'typedArrayFromHeap'>;
type Inputs = Readonly<Record<string, Info>>;
/** Computes what the kernel of a name should; `run` calls unrepaired kernels. */
type Repair = (run: Run, inputs: Inputs, attributes: object, backend: Backend) => Info;
type Run = (name: string, inputs: Inputs, attributes?: object) => Info;

/** With fewer multiplications a product takes less time than a transpose. */
const smallProduct = 2048;
/**
 * Longer sums are made in double precision. Of so many numbers of one size a float32 sum is off by 1e-6 of itself where
 * the numbers lie side by side, which takes no longer in double precision, and by 4e-5 where they do not.
 */
const longSum = { row: 128, column: 4096 };
/** XNNPACK, which broadcasts fast, handles this many axes. */
const mostAxes = 6;

const sizeOf = tf.util.sizeFromShape;

const product: Repair = (run, { a, b }, attributes) => {
  const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
  const rows = a!.shape.at(transposeA ? -1 : -2)!;
  const inner = a!.shape.at(transposeA ? -2 : -1)!;
  const columns = b!.shape.at(transposeB ? -2 : -1)!;
  const batch = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  if (inner === 0) return run('Fill', {}, { shape: [...batch, rows, columns], value: 0 });
  const untransposed = !transposeA && !transposeB;
  if (untransposed || sizeOf(batch) !== 1 || rows * inner * columns < smallProduct)
    return run('BatchMatMul', { a: a!, b: asRightFactor(run, b!) }, attributes);

  // AB = (B'A')': of the two ways to untransposed factors, the one that moves fewer numbers.
  const direct = (transposeA ? sizeOf(a!.shape) : 0) + (transposeB ? sizeOf(b!.shape) : 0);
  const reversed =
    (transposeA ? 0 : sizeOf(a!.shape)) + (transposeB ? 0 : sizeOf(b!.shape)) + rows * columns;
  const flip = (x: Info, when = true) => (when ? transposed(run, x) : x);
  return direct <= reversed
    ? plainProduct(run, flip(a!, transposeA), flip(b!, transposeB))
    : flip(plainProduct(run, flip(b!, !transposeB), flip(a!, !transposeA)));
};

const comparison =
  (name: string): Repair =>
  (run, { a, b }, attributes) => {
    const shape = broadcast(a!.shape, b!.shape);
    const fast = a!.dtype === 'float32' && b!.dtype === 'float32' && shape.length <= mostAxes;
    const full = (x: Info) => (fast && isStretched(x.shape, shape) ? stretched(run, x, shape) : x);
    return run(name, { a: full(a!), b: full(b!) }, attributes);
  };

const tile: Repair = (run, { x }, attributes) => {
  const { reps } = attributes as { reps: number[] };
  const stretches = reps.every((times, axis) => times === 1 || x!.shape[axis] === 1);
  return stretches && x!.dtype === 'float32' && x!.shape.length <= mostAxes
    ? stretched(
        run,
        x!,
        x!.shape.map((size, axis) => size * reps[axis]!),
      )
    : run('Tile', { x: x! }, attributes);
};

/** The sum over leading axes is a product with a row of ones. */
const sum: Repair = (run, { x }, attributes, backend) => {
  const layout = reductionOf(x!, attributes as Reduction);
  const { shape, outer, rows, columns } = layout;
  if (rows === 0) return run('Fill', {}, { shape, value: 0, dtype: x!.dtype });
  if (isLong(x!, layout)) return total(run, x!, layout, backend);
  const leading = outer === 1 && columns > 1;
  if (!leading || x!.dtype !== 'float32' || rows === 1 || rows * columns < smallProduct)
    return run('Sum', { x: x! }, attributes);
  const ones = run('Fill', {}, { shape: [1, rows], value: 1 });
  return { ...plainProduct(run, ones, { ...x!, shape: [rows, columns] }), shape };
};

const mean: Repair = (run, { x }, attributes, backend) => {
  const layout = reductionOf(x!, attributes as Reduction);
  return isLong(x!, layout)
    ? total(run, x!, layout, backend, 1 / layout.rows)
    : run('Mean', { x: x! }, attributes);
};

interface Reduction {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/** A reduction as one over the middle axis of `[outer, rows, columns]`; `outer` is 0 where its axes are apart. */
interface Layout {
  /** Of the result. */
  readonly shape: number[];
  /** Those that are kept, then those that are summed. */
  readonly order: number[];
  readonly outer: number;
  readonly rows: number;
  readonly columns: number;
}

function reductionOf({ shape: full }: Info, { axis, keepDims }: Reduction): Layout {
  const axes = tf.util.parseAxisParam(axis, full).sort((a, b) => a - b);
  const [kept, summed] = tf.backend_util.computeOutAndReduceShapes(full, axes);
  const first = axes[0] ?? 0;
  const together = axes.every((at, i) => at === first + i);
  return {
    order: [...full.keys()].sort((a, b) => +axes.includes(a) - +axes.includes(b) || a - b),
    shape: keepDims ? tf.backend_util.expandShapeToKeepDim(kept, axes) : kept,
    outer: together ? sizeOf(full.slice(0, first)) : 0,
    rows: sizeOf(summed),
    columns: together ? sizeOf(full.slice(first + axes.length)) : sizeOf(kept),
  };
}

function isLong(x: Info, { rows, columns }: Layout): boolean {
  return x.dtype === 'float32' && rows > (columns === 1 ? longSum.row : longSum.column);
}

/** The sum in double precision, times a factor. */
function total(run: Run, x: Info, layout: Layout, backend: Backend, factor = 1): Info {
  const { shape, order, rows } = layout;
  if (layout.outer === 0) x = run('Transpose', { x }, { perm: order });
  const [outer, columns] =
    layout.outer === 0 ? [layout.columns, 1] : [layout.outer, layout.columns];
  const y = backend.makeOutput(shape, 'float32');
  const from = backend.typedArrayFromHeap(x);
  const to = backend.typedArrayFromHeap(y);
  for (let i = 0; i < outer; i++)
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      const end = (i + 1) * rows * columns;
      for (let at = i * rows * columns + column; at < end; at += columns) sum += from[at]!;
      to[i * columns + column] = factor * sum;
    }
  return y;
}

/** JavaScript's own functions are right to the last digit of float32. */
const elementwise =
  (value: (x: number) => number): Repair =>
  (_run, { x }, _attributes, backend) => {
    const y = backend.makeOutput(x!.shape, 'float32');
    const from = backend.typedArrayFromHeap(x!);
    const to = backend.typedArrayFromHeap(y);
    for (let i = 0; i < from.length; i++) to[i] = value(from[i]!);
    return y;
  };

/** As it was, but with all numbers in place. */
const inPlace =
  (name: string): Repair =>
  (run, inputs, attributes) =>
    run(name, inputs, attributes);

const repairs: Readonly<Record<string, Repair>> = {
  ...Object.fromEntries(['Identity', 'Cast', 'Concat'].map((name) => [name, inPlace(name)])),
  BatchMatMul: product,
  ...Object.fromEntries(
    [
      ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'],
      ...['Maximum', 'Minimum', 'Pow'],
    ].map((name) => [name, comparison(name)]),
  ),
  Tile: tile,
  Sum: sum,
  Mean: mean,
  Log1p: elementwise(Math.log1p),
  Sin: elementwise(Math.sin),
  Cos: elementwise(Math.cos),
};

let done = false;

/** Replaces the faulty kernels. Calling it again changes nothing. */
export function repairWasm(): void {
  if (done) return;
  done = true;
  const originals = new Map(
    tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel]),
  );
  for (const [name, repair] of Object.entries(repairs)) {
    tf.unregisterKernel(name, 'wasm');
    tf.registerKernel({
      ...originals.get(name)!,
      kernelFunc: ({ inputs, attrs, backend }) => {
        // What lies on another backend comes over when it is asked for; memory may grow then, which ends all views of it.
        for (const { dataId } of Object.values(inputs as Inputs))
          (backend as Backend).dataIdMap.get(dataId);
        const made: Info[] = [];
        const run: Run = (kernel, inputs, attrs = {}) => {
          const { kernelFunc } = originals.get(kernel)!;
          const y = kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend }) as Info;
          made.push(y);
          return y;
        };
        const y = repair(run, inputs as Inputs, attrs ?? {}, backend as Backend);
        for (const x of made) if (x.dataId !== y.dataId) (backend as Backend).disposeData(x.dataId);
        return y;
      },
    });
  }
}

const broadcast = tf.broadcast_util.assertAndGetBroadcastShape;

/** Whether an axis has to be repeated to give `full`. */
function isStretched(shape: readonly number[], full: readonly number[]): boolean {
  return shape.some((size, i) => size !== full[i + full.length - shape.length]);
}

function stretched(run: Run, x: Info, shape: number[]): Info {
  return run('Multiply', { a: x, b: run('Fill', {}, { shape, value: 1 }) });
}

function transposed(run: Run, x: Info): Info {
  const last = x.shape.length - 1;
  const perm = x.shape.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i));
  return run('Transpose', { x }, { perm });
}

function plainProduct(run: Run, a: Info, b: Info): Info {
  const right = asRightFactor(run, b);
  return run('BatchMatMul', { a, b: right }, { transposeA: false, transposeB: false });
}

/** The shape in which data first was a right factor: XNNPACK's packed form of it is kept, and serves no other. */
const shapeAsFactor = new WeakMap<object, string>();

function asRightFactor(run: Run, b: Info): Info {
  const shape = b.shape.join();
  const first = shapeAsFactor.get(b.dataId) ?? shape;
  shapeAsFactor.set(b.dataId, first);
  return first === shape ? b : run('Identity', { x: b });
}
