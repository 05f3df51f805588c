import { node, type State, sizeOf, type Value } from '../../graph/program.js';
import { rewired } from '../../graph/rewrite.js';
import { reshaped } from '../aliases.js';
import type { Formula } from './formula.js';

/** Variables that lie end to end in this order, and what is read there. */
export interface Layout {
  readonly members: readonly State[];
  readonly read: Value;
}

/** Rebuilds a program on packed variables. */
export class Builder {
  private readonly done = new Map<Value, Value>();
  private readonly built = new Map<Formula, Value>();

  constructor(
    private readonly layouts: readonly Layout[],
    pieces: ReadonlyMap<Value, Value>,
  ) {
    for (const [old, piece] of pieces) this.done.set(old, piece);
  }

  build(formula: Formula): Value {
    const known = this.built.get(formula);
    if (known !== undefined) return known;
    const made = this.make(formula);
    this.built.set(formula, made);
    return made;
  }

  private make(formula: Formula): Value {
    switch (formula.kind) {
      case 'scalar':
        return this.replaced(formula.value);
      case 'state':
        return (
          this.layoutOf(formula.states) ?? this.joined(formula.states.map(({ read }) => read!))
        );
      case 'values':
        return this.joined(formula.values);
      case 'apply': {
        const [first] = formula.nodes;
        const inputs = formula.inputs.map((input) => this.build(input));
        const size = inputs.reduce((largest, input) => Math.max(largest, sizeOf(input.shape)), 1);
        return node(
          first!.kernel,
          Object.fromEntries(first!.names.map((name, i) => [name, inputs[i]!])),
          first!.attributes,
          [{ shape: [size], dtype: 'float32' }],
        ).outputs[0]!;
      }
    }
  }

  /** The vector in which these variables lie in this very order. */
  private layoutOf(states: readonly State[]): Value | undefined {
    return this.layouts.find(
      ({ members }) =>
        members.length === states.length && members.every((state, i) => state === states[i]),
    )?.read;
  }

  private joined(values: readonly Value[]): Value {
    const parts = values.map((value) => {
      const now = this.replaced(value);
      return reshaped(now, [sizeOf(now.shape)]);
    });
    const size = parts.reduce((total, part) => total + part.shape[0]!, 0);
    return node(
      'Concat',
      Object.fromEntries(parts.map((part, i) => [String(i), part])),
      { axis: 0 },
      [{ shape: [size], dtype: 'float32' }],
    ).outputs[0]!;
  }

  /** The value with packed variables read in place of single ones. */
  replaced(value: Value): Value {
    const stack = [value];
    // By hand, for graphs are deeper than the stack.
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (this.done.has(top) || top.source.kind !== 'node') {
        if (!this.done.has(top)) this.done.set(top, top);
        stack.pop();
        continue;
      }
      const { node: old } = top.source;
      const open = old.inputs.filter((input) => !this.done.has(input));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      const fresh = rewired(
        old,
        old.inputs.map((input) => this.done.get(input)!),
      );
      for (const [i, output] of old.outputs.entries()) this.done.set(output, fresh.outputs[i]!);
    }
    return this.done.get(value)!;
  }
}
