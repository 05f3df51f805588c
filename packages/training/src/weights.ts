import { Module, state, type Variable } from '@pushforward/tensors';

/** A copy of the values of some variables. It holds memory only once the two differ: tensors are never changed in place. */
export class Weights extends Module {
  private readonly values: Variable[];
  readonly #source: readonly Variable[];

  constructor(source: readonly Variable[]) {
    super();
    this.#source = source;
    this.values = source.map((variable) => state(variable));
  }

  /** Takes the values that the variables have now. */
  take(): void {
    for (const [i, value] of this.values.entries()) value.assign(this.#source[i]!);
  }

  /** Gives the variables these values. */
  give(): void {
    for (const [i, value] of this.values.entries()) this.#source[i]!.assign(value);
  }
}
