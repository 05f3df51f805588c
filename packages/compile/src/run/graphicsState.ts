import { EngineError } from '@pushforward/tensors';
import type { Tensor as OrtTensor } from 'onnxruntime-common';
import type { State } from '../graph/program.js';
import type { Downloader } from './graphics.js';
import { type Buffer, hostBackend, type Stored } from './hostBackend.js';
import type { HeldState, Wrap } from './states.js';
import { areHeldBy, fetchVariablesOf, leaveToVariables, takeFromVariables } from './variables.js';

/** A state on the GPU: it goes there once, and comes to the host when somebody asks for a variable's data. */
export class GraphicsState implements HeldState {
  private readonly buffer: DownloadedBuffer;
  private tensor: OrtTensor;

  constructor(
    private readonly state: State,
    initial: Stored,
    private readonly wrap: Wrap,
    downloader: Downloader,
  ) {
    this.tensor = wrap(initial);
    this.buffer = new DownloadedBuffer(initial, () => downloader.download(this.tensor));
  }

  async current(): Promise<OrtTensor> {
    if (areHeldBy(this.state, this.buffer)) return this.tensor;
    await Promise.all([fetchVariablesOf(this.state), this.buffer.fetch()]);
    takeFromVariables(this.state, this.buffer);
    this.put(this.wrap(this.buffer.values));
    return this.tensor;
  }

  replace(next: OrtTensor): void {
    this.put(next);
    this.buffer.forget();
  }

  async dispose(): Promise<void> {
    await this.buffer.fetch();
    leaveToVariables(this.state, this.buffer);
    this.tensor.dispose();
  }

  private put(next: OrtTensor): void {
    this.tensor.dispose();
    this.tensor = next;
  }
}

/** Numbers that lie on the GPU, and on the host from a download until they change. */
class DownloadedBuffer implements Buffer {
  private downloading: Promise<Stored> | undefined;

  constructor(
    private known: Stored | undefined,
    private readonly download: () => Promise<Stored>,
  ) {}

  /** Nobody asks the GPU whether numbers have changed. */
  get stamp(): object {
    return {};
  }

  get values(): Stored {
    if (this.known === undefined)
      throw new EngineError(
        'compile: a compiled program keeps this variable on the GPU. Before eager code uses it, await its data(), ' +
          'or fetchVariables() of @pushforward/compile for all of them.',
      );
    return this.known;
  }

  /** The numbers have changed. */
  forget(): void {
    this.known = undefined;
    this.downloading = undefined;
  }

  async fetch(): Promise<void> {
    if (this.known !== undefined) return;
    this.downloading ??= this.download();
    const { downloading } = this;
    const values = await downloading.catch((error: unknown) => {
      // Another time it may come.
      if (this.downloading === downloading) this.downloading = undefined;
      throw error;
    });
    // A call may have changed them in the meantime.
    if (this.downloading === downloading) this.known = values;
    else await this.fetch();
  }
}

/**
 * Brings to the host what compiled programs keep on a GPU, so that eager code can use variables without waiting.
 *
 * Not needed for programs that run on the processor, whose variables are there all the time.
 *
 * @example
 * ```ts
 * import { fetchVariables } from '@pushforward/compile';
 *
 * await fetchVariables();
 * ```
 */
export async function fetchVariables(): Promise<void> {
  await hostBackend.fetchAll();
}
