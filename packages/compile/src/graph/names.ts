import type { DType, Numbers, Value } from './program.js';

/** What the values of a program are called in a graph that it is lowered to; constants are written where they are first used. */
export class Names<Name> {
  private readonly names = new Map<Value, Name>();

  constructor(
    private readonly graph: {
      constant(values: Numbers, dtype: DType, shape: readonly number[]): Name;
    },
  ) {}

  set(value: Value, name: Name): void {
    this.names.set(value, name);
  }

  of(value: Value): Name {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    if (value.source.kind !== 'constant')
      throw new TypeError(`value ${value.id} is used before it is made`);
    const made = this.graph.constant(value.source.values, value.dtype, value.shape);
    this.names.set(value, made);
    return made;
  }
}
