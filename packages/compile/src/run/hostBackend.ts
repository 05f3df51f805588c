import * as tf from '@tensorflow/tfjs';
import { type Numbers, sizeOf } from '../graph/program.js';

/** Numbers as a runtime holds them: those of a tensor, or of one in double precision. */
export type Stored = Numbers | Float64Array;

/** A stretch of numbers that somebody may replace as a whole, such as the state of a compiled program. */
export interface Buffer {
  values: Stored;
  /** Another one whenever the numbers are; absent where they stay. */
  readonly stamp?: object;
  /** Where the numbers may lie elsewhere: brings them to the host, where `values` then has them. */
  fetch?(): Promise<void>;
}

interface Entry {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly size: number;
  references: number;
}

/**
 * Holds tensors whose numbers lie on the host: the results and the state of compiled programs.
 *
 * It computes nothing. TensorFlow.js fetches the numbers when one of its own backends wants them, so such tensors
 * are used like any other.
 */
class HostBackend extends tf.KernelBackend {
  private readonly entries = new Map<object, Entry>();
  /** Of data that was taken over: its numbers may be other ones than those that it had elsewhere. */
  private readonly stamps = new WeakMap<object, object>();

  /** A tensor that shows part of a buffer. */
  tensor(buffer: Buffer, offset: number, shape: readonly number[], dtype: tf.DataType): tf.Tensor {
    const dataId = {};
    this.hold(dataId, buffer, offset, sizeOf(shape), 1);
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }, this);
  }

  /** Makes the data of an existing tensor part of a buffer; its old storage is freed. */
  adopt(
    { dataId, size }: Pick<tf.Tensor, 'dataId' | 'size'>,
    buffer: Buffer,
    offset: number,
  ): void {
    const info = tf.engine().state.tensorInfo.get(dataId)!;
    const references = info.backend.refCount(dataId);
    info.backend.disposeData(dataId, true);
    info.backend = this;
    this.stamps.set(dataId, {});
    this.hold(dataId, buffer, offset, size, references);
  }

  /** Is this tensor the given part of the buffer, and nobody else's? */
  isOwn(tensor: tf.Tensor, buffer: Buffer, offset: number): boolean {
    const entry = this.entries.get(tensor.dataId);
    return entry?.buffer === buffer && entry.offset === offset && entry.references === 1;
  }

  private hold(dataId: object, buffer: Buffer, offset: number, size: number, references: number) {
    this.entries.set(dataId, { buffer, offset, size, references });
  }

  override readSync(dataId: object): Numbers {
    const { buffer, offset, size } = this.entries.get(dataId)!;
    // A copy: the buffer's owner goes on writing.
    const values = buffer.values.slice(offset, offset + size);
    return values instanceof Float64Array ? Float32Array.from(values) : values;
  }

  override async read(dataId: object): Promise<Numbers> {
    await this.entries.get(dataId)!.buffer.fetch?.();
    return this.readSync(dataId);
  }

  /** Tells whether a tensor has the numbers that it had: they stay while this does. */
  stampOf({ dataId }: tf.Tensor): object {
    return this.entries.get(dataId)?.buffer.stamp ?? this.stamps.get(dataId) ?? dataId;
  }

  /** May the numbers of this tensor have to be fetched before they can be read? */
  isAway({ dataId }: tf.Tensor): boolean {
    return this.entries.get(dataId)?.buffer.fetch !== undefined;
  }

  /** Sees to it that the numbers of every tensor can be read at once. */
  async fetchAll(): Promise<void> {
    const buffers = new Set([...this.entries.values()].map(({ buffer }) => buffer));
    for (const buffer of buffers) await buffer.fetch?.();
  }

  override refCount(dataId: object): number {
    return this.entries.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: object): void {
    this.entries.get(dataId)!.references++;
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.entries.get(dataId);
    if (entry === undefined) return true;
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.entries.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.entries.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override dispose(): void {
    this.entries.clear();
  }
}

/** One for the process, as there is one engine. */
export const hostBackend = new HostBackend();
