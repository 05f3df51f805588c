/** Updates of states as loops in WebAssembly, over all vectors of an update at once, four numbers at a time. */
import { type State, sizeOf, type Value } from '../graph/program.js';
import { isSingle, numberOf, type Update } from '../passes/updates.js';
import { unsigned } from './encoding.js';
import {
  again,
  constant,
  end,
  FLOAT,
  get,
  INTEGER,
  isBelow,
  load,
  loop,
  NUMBER,
  number,
  plus,
  set,
  splat,
  store,
  tee,
  VECTOR,
  VECTORS,
} from './instructions.js';
import { CODE, EXPORTS, FUNCTION, FUNCTIONS, HEADER, MEMORY, TYPES } from './module.js';
import { vectorKernels } from './vectorKernels.js';

/** Bytes by which memory is measured. */
const PAGE = 2 ** 16;

/** The updates of a program in the memory that they work on. */
export interface UpdateLoops {
  /** The numbers of states, and of the operands of their shape. */
  readonly vectors: ReadonlyMap<State | Value, Float32Array>;
  /** One for each update, called with those operands that are single numbers, in order. */
  readonly run: readonly ((...numbers: number[]) => void)[];
}

/** Undefined where WebAssembly is forbidden, as pages may, has no vectors, or has no room. */
export async function updateLoops(updates: readonly Update[]): Promise<UpdateLoops | undefined> {
  const addresses = new Map<State | Value, number>();
  let bytes = 0;
  for (const update of updates)
    for (const item of vectorsIn(update))
      if (!addresses.has(item)) {
        addresses.set(item, bytes);
        bytes += roundedUp(sizeIn(update) * NUMBER, VECTOR);
      }
  const functions = updates.map((update) => functionOf(update, addresses));
  let made: WebAssembly.WebAssemblyInstantiatedSource;
  try {
    made = await WebAssembly.instantiate(moduleOf(bytes, functions));
  } catch {
    return undefined;
  }
  const { memory, ...loops } = made.instance.exports;
  const { buffer } = memory as WebAssembly.Memory;
  const shown = (update: Update) =>
    vectorsIn(update).map(
      (item) => [item, new Float32Array(buffer, addresses.get(item), sizeIn(update))] as const,
    );
  return {
    vectors: new Map(updates.flatMap(shown)),
    run: updates.map((_, i) => loops[`f${i}`] as UpdateLoops['run'][number]),
  };
}

/** Numbers in each vector of an update. */
function sizeIn({ nodes }: Update): number {
  return sizeOf(nodes[0]!.outputs[0]!.shape);
}

function vectorsIn({ states, operands }: Update): (State | Value)[] {
  return [...states, ...operands.filter((operand) => !isSingle(operand))];
}

interface LoopFunction {
  /** How many numbers it takes. */
  readonly parameters: number;
  readonly code: readonly number[];
}

/** A loop over the bytes of the vectors, each read before any is written. */
function functionOf(update: Update, addresses: ReadonlyMap<State | Value, number>): LoopFunction {
  const { states, nodes, operands } = update;
  const singles = operands.filter(isSingle);
  const at = singles.length;
  const locals = new Map<Value, number>();
  const local = (value: Value): number => {
    const known = locals.get(value) ?? at + 1 + locals.size;
    locals.set(value, known);
    return known;
  };
  const read = new Map<Value, number>();
  for (const state of states) if (state.read) read.set(state.read, addresses.get(state)!);
  for (const operand of operands)
    if (!isSingle(operand)) read.set(operand, addresses.get(operand)!);
  const inputs = new Set(nodes.flatMap((node) => node.inputs));
  const known = [...inputs].filter((x) => numberOf(x) !== undefined);

  const before = [
    ...singles.flatMap((single, i) => [...get(i), ...splat, ...set(local(single))]),
    ...known.flatMap((x) => [...number(numberOf(x)!), ...splat, ...set(local(x))]),
  ];
  const step = [
    ...[...read].flatMap(([x, address]) => [...get(at), ...load(address), ...set(local(x))]),
    ...nodes.flatMap(({ kernel, inputs, outputs }) => [
      ...vectorKernels[kernel]!(...inputs.map((x) => get(local(x)))),
      ...set(local(outputs[0]!)),
    ]),
    ...states.flatMap((state) => [
      ...[...get(at), ...get(local(state.written!))],
      ...store(addresses.get(state)!),
    ]),
  ];
  const bytes = roundedUp(sizeIn(update) * NUMBER, VECTOR);
  const next = [...get(at), ...constant(VECTOR), ...plus, ...tee(at), ...constant(bytes)];
  const body = [...before, ...loop, ...step, ...next, ...isBelow, ...again, ...end, ...end];
  return {
    parameters: singles.length,
    code: [2, 1, INTEGER, ...unsigned(locals.size), VECTORS, ...body],
  };
}

function moduleOf(bytes: number, functions: readonly LoopFunction[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...HEADER,
    ...section(
      TYPES,
      functions.map(({ parameters }) => [
        ...[FUNCTION, ...unsigned(parameters)],
        ...Array<number>(parameters).fill(FLOAT),
        0,
      ]),
    ),
    ...section(
      FUNCTIONS,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(MEMORY, [[0, ...unsigned(roundedUp(bytes, PAGE) / PAGE)]]),
    ...section(EXPORTS, [
      [...name('memory'), 2, 0],
      ...functions.map((_, i) => [...name(`f${i}`), 0, ...unsigned(i)]),
    ]),
    ...section(
      CODE,
      functions.map(({ code }) => [...unsigned(code.length), ...code]),
    ),
  ]);
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [...unsigned(text.length), ...Array.from(text, (c) => c.charCodeAt(0))];
}

function roundedUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
