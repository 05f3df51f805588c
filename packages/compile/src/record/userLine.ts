/** The folder of the recorder, or of the package where it is built into one file. */
const own = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);

/** How deep the libraries between a kernel and the code that asked for it may be nested. */
const DEEPEST = 200;

/** `at f (place)`, `at place` or `f@place`. */
const PLACE = /(?:\(|at (?:async )?|@(?=\w+:\/\/))([^()]+:\d+:\d+)\)?$/;

/**
 * Where the user's code called what is going on: ` at file:line:column`, the innermost place that is in no library.
 *
 * Empty where that cannot be told, as in an application bundled into one file.
 */
export function userLine(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEEPEST;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const places = stack.split('\n').flatMap((frame) => PLACE.exec(frame)?.[1] ?? []);
  const place = places.find((place) => !isLibrary(place));
  return place === undefined ? '' : ` at ${place}`;
}

function isLibrary(place: string): boolean {
  const url = place.startsWith('/') ? `file://${place}` : place;
  return url.startsWith(own) || url.includes('/node_modules/') || url.startsWith('node:');
}
