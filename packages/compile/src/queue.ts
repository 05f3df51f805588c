/** Calls of compiled functions run one after the other, all of them: two functions may share variables. */
let last: Promise<unknown> = Promise.resolve();
let underWay = 0;

/** The result of a task that runs when those before it are done. */
export function inTurn<T>(task: () => Promise<T>): Promise<T> {
  underWay++;
  const result = last.then(task).finally(() => {
    underWay--;
  });
  last = result.catch(() => undefined);
  return result;
}

/** Runs a task at once, or when the calls that are under way are done. */
export function betweenCalls(task: () => void): void {
  if (underWay === 0) task();
  else
    last = last.then(task).catch((error: unknown) => {
      // Nobody waits for it, and the calls that come after are not to fail of it.
      console.error(error);
    });
}
