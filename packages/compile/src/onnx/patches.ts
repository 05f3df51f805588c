/** Pixels side by side in rows of a matrix, so that convolutions are products of matrices. */
import type { OnnxGraph } from './model.js';
import { attributesOf, offsetsOf, type Windows } from './windows.js';

/** A stack of images in a graph, channels last. */
export interface Images {
  readonly name: string;
  readonly batch: number;
  /** Of each image. */
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}

/** Where a pixel stands; beyond the image it is zero. */
interface Place {
  readonly row: number;
  readonly column: number;
}

/** Numbers that are laid out at once: more would leave the cache, and fill the memory. */
const MOST_NUMBERS = 1 << 20;

/** Numbers of a whole batch that are kept from a convolution to its gradient: more are laid out a second time. */
const MOST_KEPT = 1 << 23;

/** Images a part of the batch at a time, as many as make so many numbers in all of them fit. */
export function inParts(graph: OnnxGraph, images: Images, numbersEach: number): Images[] {
  return partsOf(graph, images, numbersEach, 0);
}

/** The same parts for the gradient, which what was laid out for the convolution serves, if it is little. */
export function inPartsAgain(graph: OnnxGraph, images: Images, numbersEach: number): Images[] {
  const isKept = images.batch * numbersEach <= MOST_KEPT;
  // Of equal operators ONNX Runtime computes one: an axis counted from the end makes them differ.
  return partsOf(graph, images, numbersEach, isKept ? 0 : -4);
}

function partsOf(graph: OnnxGraph, images: Images, numbersEach: number, axis: 0 | -4): Images[] {
  const size = Math.max(1, Math.floor(MOST_NUMBERS / numbersEach));
  if (size >= images.batch) return [images];
  return Array.from({ length: Math.ceil(images.batch / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min(images.batch, (i + 1) * size)];
    const name = once(graph, `${images.name} ${from} ${to} ${axis}`, () =>
      graph.emit('Slice', [
        images.name,
        ...[[from], [to], [axis]].map((list) => graph.integers(list)),
      ]),
    );
    return { ...images, name, batch: to - from };
  });
}

/** What every window sees, `[batch * places, offsets * channels]`. */
export function seenByWindows(graph: OnnxGraph, images: Images, windows: Windows): string {
  const { rows, columns } = windows;
  const offsets = offsetsOf(windows);
  if (images.channels === 1 && graph.precision === 'float32')
    return once(graph, `${images.name} ${JSON.stringify([rows, columns])}`, () =>
      spread(graph, images, windows, offsets.length),
    );
  const at = (axis: Windows['rows'], place: number, offset: number) =>
    place * axis.stride + offset * axis.dilation - axis.before;
  const places = gridOf(rows.places, columns.places).flatMap((place) =>
    offsets.map((offset) => ({
      row: at(rows, place.row, offset.row),
      column: at(columns, place.column, offset.column),
    })),
  );
  return sideBySide(graph, images, places, offsets.length);
}

/** Pixels of each image at so many places, `each` of them in a row: `[rows, each * channels]`. */
export function sideBySide(
  graph: OnnxGraph,
  images: Images,
  places: readonly Place[],
  each: number,
): string {
  const { name, batch, rows, columns, channels } = images;
  const pixels = rows * columns;
  const isInside = ({ row, column }: Place) =>
    row >= 0 && row < rows && column >= 0 && column < columns;
  const indices = places.map((place) =>
    isInside(place) ? place.row * columns + place.column : pixels,
  );
  const shape = [(batch * places.length) / each, each * channels];
  const isAll = indices.length === pixels && indices.every((index, i) => index === i);
  const list = indices.join();
  return once(graph, `${name} ${each} ${list}`, () => {
    const flat = graph.emit('Reshape', [name, graph.integers([batch, pixels, channels])]);
    // The list is long, and that of all parts of a batch.
    const taken = isAll
      ? flat
      : graph.emit(
          'Gather',
          [
            withZero(graph, flat, images, indices),
            once(graph, list, () => graph.integers(indices)),
          ],
          { axis: 1 },
        );
    return graph.emit('Reshape', [taken, graph.integers(shape)]);
  });
}

/** All places of a grid, row by row. */
export function gridOf(rows: number, columns: number): Place[] {
  return Array.from({ length: rows * columns }, (_, i) => ({
    row: Math.floor(i / columns),
    column: i % columns,
  }));
}

/** Flat images, and a pixel of zeros behind each of them where one is asked for. */
function withZero(
  graph: OnnxGraph,
  flat: string,
  { batch, rows, columns, channels }: Images,
  indices: readonly number[],
): string {
  if (!indices.includes(rows * columns)) return flat;
  const zeros = graph.constant(new Float32Array(batch * channels), 'float32', [batch, 1, channels]);
  return graph.emit('Concat', [flat, zeros], { axis: 1 });
}

/** What windows see of images of one channel, by filters each of which sees one offset: single numbers are slow to gather. */
function spread(
  graph: OnnxGraph,
  { name, batch, rows, columns }: Images,
  windows: Windows,
  offsets: number,
): string {
  const identity = new Float32Array(offsets ** 2);
  for (let i = 0; i < offsets; i++) identity[i * (offsets + 1)] = 1;
  const filters = [offsets, 1, windows.rows.window, windows.columns.window];
  const first = graph.emit('Reshape', [name, graph.integers([batch, 1, rows, columns])]);
  const seen = graph.emit(
    'Conv',
    [first, graph.constant(identity, 'float32', filters)],
    attributesOf(windows),
  );
  const last = graph.emit('Transpose', [seen], { perm: [0, 2, 3, 1] });
  const places = batch * windows.rows.places * windows.columns.places;
  return graph.emit('Reshape', [last, graph.integers([places, offsets])]);
}

const made = new WeakMap<OnnxGraph, Map<string, string>>();

/** What is made once serves a convolution and its gradients. */
function once(graph: OnnxGraph, key: string, make: () => string): string {
  const known = made.get(graph) ?? new Map<string, string>();
  made.set(graph, known);
  const name = known.get(key) ?? make();
  known.set(key, name);
  return name;
}
