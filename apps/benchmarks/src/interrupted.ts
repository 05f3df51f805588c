/** The user pressed Ctrl-C. */
export class Interrupted extends Error {
  constructor(message = 'Interrupted; nothing was written.') {
    super(message);
  }
}

/**
 * Runs work that a first Ctrl-C (or SIGTERM) asks to stop at its next chance; a second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    unlisten();
    controller.abort();
  };
  const unlisten = () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    unlisten();
  }
}
