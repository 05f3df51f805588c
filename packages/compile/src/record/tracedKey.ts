import { EngineError, Key, type Tensor } from '@pushforward/tensors';

/** Told of every draw: the tensor that was drawn, how, and the same draw from other keys. */
export type OnDraw = (drawn: Tensor, again: (keys: readonly Key[]) => Tensor, text: string) => void;

/**
 * A key that is what it stands for and remembers its derivation, so that a recorded draw can be repeated from the
 * keys of another call.
 */
export class TracedKey extends Key {
  constructor(
    actual: Key,
    private readonly again: (keys: readonly Key[]) => Key,
    private readonly text: string,
    private readonly onDraw: OnDraw,
  ) {
    super(...Key.wordsOf(actual));
  }

  override split(count: 2): [Key, Key];
  override split(count: 3): [Key, Key, Key];
  override split(count: 4): [Key, Key, Key, Key];
  override split(count: number): Key[];
  override split(count: number): Key[] {
    return super
      .split(count)
      .map((key, i) =>
        this.derived(key, (parent) => parent.split(count)[i]!, `split(${count})[${i}]`),
      );
  }

  override foldIn(data: number): Key {
    return this.derived(super.foldIn(data), (parent) => parent.foldIn(data), `foldIn(${data})`);
  }

  override uniform(shape: readonly number[], low = 0, high = 1): Tensor {
    return this.drawn(
      super.uniform(shape, low, high),
      (key) => key.uniform(shape, low, high),
      'uniform',
    );
  }

  override normal(shape: readonly number[]): Tensor {
    return this.drawn(super.normal(shape), (key) => key.normal(shape), 'normal');
  }

  override gumbel(shape: readonly number[]): Tensor {
    return this.drawn(super.gumbel(shape), (key) => key.gumbel(shape), 'gumbel');
  }

  override permutation(_n: number): Int32Array {
    throw new EngineError(
      'compile: the compiled function draws a permutation, which is read on the host. ' +
        'Draw it outside and pass what depends on it as an argument.',
    );
  }

  private derived(key: Key, step: (parent: Key) => Key, text: string): Key {
    return new TracedKey(
      key,
      (keys) => step(this.again(keys)),
      `${this.text}.${text}`,
      this.onDraw,
    );
  }

  private drawn(tensor: Tensor, draw: (key: Key) => Tensor, text: string): Tensor {
    this.onDraw(tensor, (keys) => draw(this.again(keys)), `${this.text}.${text}`);
    return tensor;
  }
}
