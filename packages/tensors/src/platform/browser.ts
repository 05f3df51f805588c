import type * as tf from '@tensorflow/tfjs';
import { LoadError } from '../errors.js';

export const isNode: boolean = false;

export function environment(_name: string): undefined {
  return undefined;
}

export function cores(): number {
  return navigator.hardwareConcurrency;
}

export function prepareAddOn(): void {}

export async function provideWebGPU(): Promise<void> {}

export function fileHandler(_path: string): tf.io.IOHandler {
  throw new LoadError(
    'a browser has no files; use indexeddb://name, localstorage://name, downloads://name or https://',
  );
}
