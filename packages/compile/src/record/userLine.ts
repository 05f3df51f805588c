/** The folder of the recorder, or of the package where it is built into one file. */
const own = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);

/** How deep the libraries between a kernel and the code that asked for it may be nested. */
const DEEPEST = 200;

/** V8 writes `at f (place)` or `at place`, Firefox and Safari `f@place`; a place is `file:line:column`. */
const FRAMES = [
  /^\s*at .*? \((.+:\d+:\d+)\)$/,
  /^\s*at (?:async )?([^()]+:\d+:\d+)$/,
  /^.*?@([a-z][\w+.-]*:\/\/.+:\d+:\d+)$/i,
];

/** TensorFlow.js may come from a server of its own. */
const LIBRARIES = ['/node_modules/', '/@tensorflow/'];

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
  const place = userPlace(stack, own);
  return place === undefined ? '' : ` at ${place}`;
}

/** The first place of a stack that is neither in a library nor in the folder `own`, an address. */
export function userPlace(stack: string, own: string): string | undefined {
  const places = stack.split('\n').flatMap((frame) => placeOf(frame) ?? []);
  return places.find((place) => !isLibrary(place, own));
}

function placeOf(frame: string): string | undefined {
  for (const pattern of FRAMES) {
    const place = pattern.exec(frame)?.[1];
    if (place !== undefined) return place;
  }
  return undefined;
}

function isLibrary(place: string, own: string): boolean {
  const address = addressOf(place);
  return (
    address.startsWith(addressOf(own)) ||
    address.startsWith('node:') ||
    LIBRARIES.some((folder) => address.includes(folder))
  );
}

/** Paths of POSIX and of Windows, and addresses, spelt alike. */
function addressOf(place: string): string {
  if (/^[a-z][\w+.-]+:\/\//i.test(place)) return withLargeDrive(decoded(place));
  const path = place.replaceAll('\\', '/');
  return withLargeDrive(path.replace(/^(?=[a-z]:\/)/i, 'file:///').replace(/^\//, 'file:///'));
}

/** Windows writes the letter of a drive in either case. */
function withLargeDrive(address: string): string {
  return address.replace(/^file:\/\/\/[a-z]:/, (start) => `file:${start.slice(5).toUpperCase()}`);
}

function decoded(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    // A stray percent sign: it stands for itself.
    return address;
  }
}
