/** Memory of numbers that nobody will read again. */
import type { Stored } from './hostBackend.js';
import { isNode } from './runtimes.js';

/** The largest piece that the C library of Linux learns from. */
const LESSON = 2 ** 25 - 2 ** 13;

let drain: MessagePort | undefined;

/**
 * Gives their memory back at once.
 *
 * Left to the collector, gradients and weights of training steps pile up until it halts everything to look for them: at every
 * third step, where they take a few megabytes. JavaScript has no other way to free memory than to hand it over, here to
 * a channel at whose end nobody listens.
 */
export function discard({ buffer }: Pick<Stored, 'buffer'>): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  drain ??= closedChannel();
  drain.postMessage(undefined, [buffer]);
}

function closedChannel(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  // From here on the C library keeps what smaller pieces leave, as the next call wants it, and does not give it to
  // the system, which clears each page of what it hands out. Nobody writes to this one: it takes no memory.
  if (isNode()) port1.postMessage(undefined, [new ArrayBuffer(LESSON)]);
  return port1;
}
