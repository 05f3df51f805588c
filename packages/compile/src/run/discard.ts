/** Memory of numbers that nobody will read again. */
import type { Stored } from './hostBackend.js';

let drain: MessagePort | undefined;

/**
 * Gives their memory back at once.
 *
 * Left to the collector, weights that training steps replace pile up until it halts everything to look for them: at every
 * third step, where they take a few megabytes. JavaScript has no other way to free memory than to hand it over, here to
 * a channel at whose end nobody listens.
 */
export function discard({ buffer }: Stored): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  drain ??= closedChannel();
  drain.postMessage(undefined, [buffer]);
}

function closedChannel(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}
