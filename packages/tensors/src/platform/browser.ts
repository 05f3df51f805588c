import type * as tf from '@tensorflow/tfjs';
import { LoadError } from '../errors.js';

export const isNode: boolean = false;

export function environment(_name: string): undefined {
  return undefined;
}

export function cores(): number {
  return navigator.hardwareConcurrency;
}

export function mendUtil(): void {}

export async function provideWebGPU(): Promise<void> {}

export function fileHandler(path: string): tf.io.IOHandler {
  throw new LoadError(
    `file://${path}: a browser has no files; use indexeddb://, localstorage://, downloads:// or https://.`,
  );
}
