import type { Tensor as OrtTensor } from 'onnxruntime-common';
import type { State } from '../graph/program.js';
import { discard } from './discard.js';
import type { Buffer, Stored } from './hostBackend.js';
import { fetchVariablesOf, leaveToVariables, takeFromVariables } from './variables.js';

/** Makes a tensor of the runtime that shows these numbers. */
export type Wrap = (numbers: Stored) => OrtTensor;

/** The variables of a state between calls: where their numbers lie, and how the runtime is fed them. */
export interface HeldState {
  /** What the runtime reads, with all that eager code, another program or a loaded file has assigned since. */
  current(): Promise<OrtTensor>;
  /** Takes over what a call has assigned. */
  replace(next: OrtTensor): void;
  /** Leaves the variables their numbers in storage of their own. */
  dispose(): Promise<void>;
}

/** A state in host memory, which the runtime reads in place. */
export class HostState implements HeldState {
  private readonly buffer: Buffer & { stamp: object };
  private tensor: OrtTensor;

  constructor(
    private readonly state: State,
    initial: Stored,
    wrap: Wrap,
  ) {
    this.buffer = { values: initial, stamp: {} };
    this.tensor = wrap(initial);
  }

  async current(): Promise<OrtTensor> {
    await fetchVariablesOf(this.state);
    if (takeFromVariables(this.state, this.buffer)) this.touch();
    return this.tensor;
  }

  replace(next: OrtTensor): void {
    discard(this.buffer.values);
    this.tensor = next;
    this.buffer.values = next.data as Stored;
    this.touch();
  }

  /** The numbers have changed where they lie. */
  touch(): void {
    this.buffer.stamp = {};
  }

  dispose(): Promise<void> {
    leaveToVariables(this.state, this.buffer);
    return Promise.resolve();
  }
}
