import type { DType, Numbers } from '../graph/program.js';
import { ProtobufWriter } from '../protobuf.js';

/** Numbers of the ONNX element types that programs use. */
const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
export type ElementType = keyof typeof elementTypes;

/** How exactly a program computes. */
export type Precision = 'float32' | 'float64';

/** The operator set and file format that are written. */
const OPSET = 22;
const IR_VERSION = 10;

export type OnnxAttribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly graph: OnnxBody };

interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A graph within a graph, which sees the values around it. */
interface OnnxBody {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** A value of a body that meets the operator around it. */
export interface OnnxPort {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Collects the nodes and constants of an ONNX graph; values are names. */
export class OnnxGraph {
  private nodes: OnnxNode[] = [];
  private readonly initializers = new Map<string, ProtobufWriter>();
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  /** What the file calls values that were emitted under other names. */
  private readonly finalNames = new Map<string, string>();
  private readonly constants = new Map<string, string>();
  private count = 0;

  /** Double precision writes the same graph with every float in 64 bits. */
  constructor(readonly precision: Precision = 'float32') {}

  /** The element type that stands for one of a program. */
  typeOf(dtype: DType): ElementType {
    return dtype === 'float32' ? this.precision : dtype;
  }

  numberOf(dtype: DType): number {
    return elementTypes[this.typeOf(dtype)];
  }

  input(name: string, dtype: DType, shape: readonly number[]): string {
    this.inputs.push(this.valueInfo(name, dtype, shape));
    return name;
  }

  /** Makes a value an output of the graph under a name of its own: two outputs may be one value, or an input. */
  output(name: string, value: string, dtype: DType, shape: readonly number[]): void {
    const isFree =
      this.nodes.some(({ outputs }) => outputs.includes(value)) && !this.finalNames.has(value);
    if (isFree) this.finalNames.set(value, name);
    else this.named('Identity', [value], [name]);
    this.outputs.push(this.valueInfo(name, dtype, shape));
  }

  /** A node with one output, or `outputs` of them. */
  emit(op: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string;
  emit(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute>,
    outputs: number,
  ): string[];
  emit(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
    outputs?: number,
  ): string | string[] {
    const names = Array.from({ length: outputs ?? 1 }, () => this.fresh());
    this.named(op, inputs, names, attributes);
    return outputs === undefined ? names[0]! : names;
  }

  /** The body of an operator such as a loop: what `write` emits, and its outputs. */
  body(inputs: readonly OnnxPort[], write: () => readonly OnnxPort[]): { graph: OnnxBody } {
    const around = this.nodes;
    const nodes: OnnxNode[] = [];
    this.nodes = nodes;
    const outputs = write();
    this.nodes = around;
    const infos = (ports: readonly OnnxPort[]) =>
      ports.map(({ name, dtype, shape }) => this.valueInfo(name, dtype, shape));
    return { graph: { nodes, inputs: infos(inputs), outputs: infos(outputs) } };
  }

  /** A name that no other value has. */
  fresh(): string {
    return `v${this.count++}`;
  }

  private named(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
  ): void {
    this.nodes.push({ op, inputs, outputs, attributes });
  }

  /** A constant of the program's own types. */
  constant(values: Numbers | Float64Array, dtype: DType, shape: readonly number[]): string {
    const type = this.typeOf(dtype);
    const isDouble = values instanceof Float64Array;
    if (type === 'float64' && !isDouble) values = Float64Array.from(values);
    if (type === 'float32' && isDouble) values = Float32Array.from(values);
    return this.initializer(values, type, shape);
  }

  /** A scalar of the given type. */
  scalar(value: number, dtype: DType = 'float32'): string {
    const values =
      dtype === 'float32'
        ? Float32Array.of(value)
        : dtype === 'int32'
          ? Int32Array.of(value)
          : Uint8Array.of(value);
    return this.constant(
      this.precision === 'float64' && dtype === 'float32' ? Float64Array.of(value) : values,
      dtype,
      [],
    );
  }

  /** A list of integers, as shapes and axes are given. */
  integers(values: readonly number[]): string {
    return this.initializer(BigInt64Array.from(values, BigInt), 'int64', [values.length]);
  }

  private initializer(
    values: Numbers | Float64Array | BigInt64Array,
    type: ElementType,
    shape: readonly number[],
  ): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    // Small ones recur, shapes and axes, and those that are one number throughout, as gradients of means ask for them.
    const [first] = values;
    const isUniform = (values as Numbers).every((other) => Object.is(other, first));
    const sign = Object.is(first, -0) ? '-' : '';
    const content =
      bytes.length <= 64 ? bytes.join() : isUniform ? `all ${sign}${first}` : undefined;
    const key = content === undefined ? undefined : `${type} ${shape.join()} ${content}`;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const name = `c${this.count++}`;
    if (key !== undefined) this.constants.set(key, name);
    const tensor = new ProtobufWriter();
    for (const size of shape) tensor.integer(1, size);
    tensor.integer(2, elementTypes[type]).text(8, name).bytes(9, bytes);
    this.initializers.set(name, tensor);
    return name;
  }

  /** The model file. */
  finish(): Uint8Array {
    const used = usedIn(this.nodes);
    const constants = [...this.initializers].flatMap(([name, tensor]) =>
      used.has(name) ? [tensor] : [],
    );
    const graph = this.graphMessage(
      { nodes: this.nodes, inputs: this.inputs, outputs: this.outputs },
      'pushforward',
      constants,
    );
    return new ProtobufWriter()
      .integer(1, IR_VERSION)
      .text(2, 'pushforward')
      .bytes(7, graph)
      .bytes(8, new ProtobufWriter().text(1, '').integer(2, OPSET))
      .finish();
  }

  private graphMessage(
    { nodes, inputs, outputs }: OnnxBody,
    name: string,
    constants: readonly ProtobufWriter[] = [],
  ): ProtobufWriter {
    const graph = new ProtobufWriter();
    for (const node of nodes) graph.bytes(1, this.nodeMessage(node));
    graph.text(2, name);
    for (const constant of constants) graph.bytes(5, constant);
    for (const input of inputs) graph.bytes(11, input);
    for (const output of outputs) graph.bytes(12, output);
    return graph;
  }

  private nodeMessage({ op, inputs, outputs, attributes }: OnnxNode): ProtobufWriter {
    const message = new ProtobufWriter();
    for (const input of inputs) message.text(1, this.finalNames.get(input) ?? input);
    for (const output of outputs) message.text(2, this.finalNames.get(output) ?? output);
    message.text(4, op);
    for (const [name, value] of Object.entries(attributes))
      message.bytes(5, this.attributeMessage(name, value));
    return message;
  }

  /** AttributeProto: the number of its type stands in field 20. */
  private attributeMessage(name: string, value: OnnxAttribute): ProtobufWriter {
    const writer = new ProtobufWriter().text(1, name);
    if (typeof value === 'number') return writer.integer(3, value).integer(20, 2);
    if (typeof value === 'string') return writer.text(4, value).integer(20, 3);
    if ('float' in value) return writer.float(2, value.float).integer(20, 1);
    if ('graph' in value)
      return writer.bytes(6, this.graphMessage(value.graph, name)).integer(20, 5);
    for (const item of value) writer.integer(8, item);
    return writer.integer(20, 7);
  }

  private valueInfo(name: string, dtype: DType, shape: readonly number[]): Uint8Array {
    const dimensions = new ProtobufWriter();
    for (const size of shape) dimensions.bytes(1, new ProtobufWriter().integer(1, size));
    const tensor = new ProtobufWriter().integer(1, this.numberOf(dtype)).bytes(2, dimensions);
    return new ProtobufWriter()
      .text(1, name)
      .bytes(2, new ProtobufWriter().bytes(1, tensor))
      .finish();
  }
}

/** The values that nodes are given, those in bodies among them. */
function usedIn(nodes: readonly OnnxNode[]): Set<string> {
  return new Set(
    nodes.flatMap(({ inputs, attributes }) => [
      ...inputs,
      ...Object.values(attributes).flatMap((value) =>
        typeof value === 'object' && 'graph' in value ? [...usedIn(value.graph.nodes)] : [],
      ),
    ]),
  );
}
