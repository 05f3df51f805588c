/** Variables whose numbers lie in a buffer of a program between its calls. */
import * as tf from '@tensorflow/tfjs';
import { numbersOf, type State } from '../graph/program.js';
import { type Buffer, hostBackend } from './hostBackend.js';

/** What was taken from variables that a program reads and does not assign: they keep their data. */
const taken = new WeakMap<Buffer, Map<tf.Variable, object>>();

/** Has the buffer the numbers of the variable already? */
function isHeld(variable: tf.Variable, buffer: Buffer, offset: number): boolean {
  return (
    hostBackend.isOwn(variable, buffer, offset) ||
    taken.get(buffer)?.get(variable) === hostBackend.stampOf(variable)
  );
}

/**
 * Takes over what eager code, another program or a loaded file has put into the variables since the last call.
 *
 * @returns whether there was anything
 */
export function takeFromVariables(state: State, buffer: Buffer): boolean {
  let isNew = false;
  forEachVariable(state, (variable, offset) => {
    if (isHeld(variable, buffer, offset)) return;
    isNew = true;
    buffer.values.set(numbersOf(variable), offset);
    if (state.written === undefined) {
      const stamps = taken.get(buffer) ?? new Map<tf.Variable, object>();
      taken.set(buffer, stamps.set(variable, hostBackend.stampOf(variable)));
      return;
    }
    const { backend } = tf.engine().state.tensorInfo.get(variable.dataId)!;
    if (backend.refCount(variable.dataId) > 1) leaveToClones(variable);
    hostBackend.adopt(variable, buffer, offset);
  });
  return isNew;
}

/** Are all numbers of the variables in the buffer already? */
export function areHeldBy(state: State, buffer: Buffer): boolean {
  let areHeld = true;
  forEachVariable(state, (variable, offset) => {
    areHeld &&= isHeld(variable, buffer, offset);
  });
  return areHeld;
}

/** Brings to the host what the variables hold elsewhere, so that it can be read at once. */
export async function fetchVariablesOf({ variables }: State): Promise<void> {
  for (const variable of variables) if (hostBackend.isAway(variable)) await variable.data();
}

/** Variables outlive the program: their numbers go into storage of their own. */
export function leaveToVariables(state: State, buffer: Buffer): void {
  forEachVariable(state, (variable, offset) => {
    if (!variable.isDisposed && hostBackend.isOwn(variable, buffer, offset))
      hostBackend.adopt(
        variable,
        { values: buffer.values.slice(offset, offset + variable.size) },
        0,
      );
  });
}

function forEachVariable(
  state: State,
  visit: (variable: tf.Variable, offset: number) => void,
): void {
  let offset = 0;
  for (const variable of state.variables) {
    visit(variable, offset);
    offset += variable.size;
  }
}

/** Gives the variable data of its own; whoever shares the old data keeps the old numbers. */
function leaveToClones(variable: tf.Variable): void {
  const own = tf.tensor(numbersOf(variable), variable.shape, variable.dtype);
  variable.assign(own);
  own.dispose();
}
