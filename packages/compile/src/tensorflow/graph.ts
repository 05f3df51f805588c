import type { Node, Numbers } from '../graph/program.js';
import { ProtobufWriter } from '../protobuf.js';

/** Numbers of the TensorFlow types that programs use. */
const dataTypes = { float32: 1, int32: 3, bool: 10, resource: 20 } as const;
export type DataType = keyof typeof dataTypes;

/** What an operation gives: consumers call it by name. */
export interface Output {
  readonly name: string;
  readonly type: DataType;
}

/** Integers, alone or in a list, and what says itself. */
type Attribute =
  | number
  | boolean
  | string
  | readonly number[]
  | { readonly type: DataType }
  | { readonly float: number }
  | { readonly shape: readonly number[] }
  | { readonly tensor: ProtobufWriter };

export type Attributes = Readonly<Record<string, Attribute>>;

/** What an operation is given besides its inputs. */
export interface Emission {
  readonly attributes?: Attributes;
  /** The type of what it gives; that of its first input where nothing is said. */
  readonly type?: DataType;
  /** Its name in the graph. */
  readonly name?: string;
  /** Operations that have to be done before. */
  readonly after?: readonly Output[];
}

/** Writes a node: its inputs in, its outputs out. */
export type Lowering = (
  graph: TensorFlowGraph,
  inputs: readonly Output[],
  node: Node,
) => Output | Output[];

/** The version of graphs that is written: that of TensorFlow 2.9, which `@tensorflow/tfjs-node` brings. */
const PRODUCER = 1087;

/** Collects the operations of a TensorFlow graph. */
export class TensorFlowGraph {
  private readonly nodes: ProtobufWriter[] = [];
  private readonly constants = new Map<string, Output>();
  private readonly hidden = new Map<string, Output>();
  private count = 0;

  /** An operation with one output. */
  emit(op: string, inputs: readonly Output[], emission: Emission = {}): Output {
    const { attributes = {}, type = inputs[0]?.type ?? 'float32', after = [] } = emission;
    const name = emission.name ?? `v${this.count++}`;
    const node = new ProtobufWriter().text(1, name).text(2, op);
    for (const input of inputs) node.text(3, input.name);
    for (const earlier of after) node.text(3, `^${earlier.name.split(':')[0]!}`);
    for (const [key, value] of Object.entries(attributes))
      node.bytes(5, new ProtobufWriter().text(1, key).bytes(2, attribute(value)));
    this.nodes.push(node);
    return { name, type };
  }

  /** An operation with `count` outputs of one type. */
  emitMany(op: string, inputs: readonly Output[], count: number, emission: Emission): Output[] {
    const { name, type } = this.emit(op, inputs, emission);
    return Array.from({ length: count }, (_, i) => ({ name: `${name}:${i}`, type }));
  }

  /** An operation whose output has the type `T` of its inputs. */
  typed(op: string, inputs: readonly Output[], attributes: Attributes = {}): Output {
    return this.emit(op, inputs, {
      attributes: { T: { type: inputs[0]!.type }, ...attributes },
    });
  }

  input(name: string, type: DataType, shape: readonly number[]): Output {
    const attributes = { dtype: { type }, shape: { shape } };
    return this.emit('Placeholder', [], { attributes, type, name });
  }

  constant(values: Numbers, type: DataType, shape: readonly number[]): Output {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    // Small ones recur: shapes, axes, zeros.
    const key = bytes.length <= 64 ? `${type} ${shape.join()} ${bytes.join()}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const attributes = { dtype: { type }, value: { tensor: tensorOf(bytes, type, shape) } };
    const made = this.emit('Const', [], { attributes, type });
    if (key !== undefined) this.constants.set(key, made);
    return made;
  }

  scalar(value: number, type: DataType = 'float32'): Output {
    return this.constant(new arrays[type as keyof typeof arrays]([value]), type, []);
  }

  /** The same numbers, which may be others for all that TensorFlow's optimiser knows. */
  opaque({ name, type }: Output, shape: readonly number[]): Output {
    const known = this.hidden.get(name);
    if (known !== undefined) return known;
    const attributes = { dtype: { type }, shape: { shape } };
    const made = this.emit('PlaceholderWithDefault', [{ name, type }], { attributes });
    this.hidden.set(name, made);
    return made;
  }

  /** A number whose computation has others done before it. */
  signal(name: string, after: readonly Output[]): Output {
    const tensor = tensorOf(Uint8Array.of(1), 'bool', []);
    const attributes = { dtype: { type: 'bool' }, value: { tensor } } as const;
    return this.emit('Const', [], { attributes, type: 'bool', name, after });
  }

  /** A list of integers, as shapes and axes are given. */
  integers(values: readonly number[]): Output {
    return this.constant(Int32Array.from(values), 'int32', [values.length]);
  }

  /** The file `saved_model.pb`. */
  finish(): Uint8Array {
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.bytes(1, node);
    graph.bytes(4, new ProtobufWriter().integer(1, PRODUCER));
    const metaGraph = new ProtobufWriter()
      .bytes(1, new ProtobufWriter().text(4, TAG))
      .bytes(2, graph);
    return new ProtobufWriter().integer(1, 1).bytes(2, metaGraph).finish();
  }
}

/** What the graph in the file is found by. */
export const TAG = 'serve';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function attribute(value: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter();
  if (typeof value === 'number') return writer.integer(3, value);
  if (typeof value === 'boolean') return writer.integer(5, value ? 1 : 0);
  if (typeof value === 'string') return writer.text(2, value);
  if ('length' in value) return writer.bytes(1, integersOf(value));
  if ('type' in value) return writer.integer(6, dataTypes[value.type]);
  if ('float' in value) return writer.float(4, value.float);
  if ('shape' in value) return writer.bytes(7, dimensions(value.shape));
  return writer.bytes(8, value.tensor);
}

function integersOf(values: readonly number[]): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const value of values) writer.integer(3, value);
  return writer;
}

function tensorOf(bytes: Uint8Array, type: DataType, shape: readonly number[]): ProtobufWriter {
  return new ProtobufWriter()
    .integer(1, dataTypes[type])
    .bytes(2, dimensions(shape))
    .bytes(4, bytes);
}

function dimensions(shape: readonly number[]): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const size of shape) writer.bytes(2, new ProtobufWriter().integer(1, size));
  return writer;
}
