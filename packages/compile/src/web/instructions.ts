/** WebAssembly instructions as bytes: those on vectors of four numbers, and what goes round them. */
import { signed, unsigned } from './encoding.js';

/** Codes of types. */
export const [INTEGER, FLOAT, VECTORS] = [0x7f, 0x7d, 0x7b] as const;

/** Bytes of a number, and of a vector. */
export const NUMBER = 4;
export const VECTOR = 16;

export const constant = (value: number) => [0x41, ...signed(value)];
/** Of a number in single precision. */
export const number = (value: number) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
export const get = (local: number) => [0x20, ...unsigned(local)];
export const set = (local: number) => [0x21, ...unsigned(local)];
export const tee = (local: number) => [0x22, ...unsigned(local)];
export const [plus, minus, times, and] = [[0x6a], [0x6b], [0x6c], [0x71]] as const;
export const [isZero, isBelow, isAtLeast] = [[0x45], [0x49], [0x4f]] as const;
export const [when, loop, end] = [[0x04, 0x40], [0x03, 0x40], [0x0b]] as const;
export const [again, giveBack] = [[0x0d, 0], [0x0f]] as const;

/** An instruction on vectors, with what it is told. */
export const simd = (operation: number, ...rest: number[]) => [
  0xfd,
  ...unsigned(operation),
  ...rest,
];
export const load = (offset: number) => simd(0x00, 0, ...unsigned(offset));
export const store = (offset: number) => simd(0x0b, 0, ...unsigned(offset));
export const [loadSplat, splat] = [simd(0x09, 0, 0), simd(0x13)] as const;
export const [absolute, negative, root] = [simd(0xe0), simd(0xe1), simd(0xe3)] as const;
export const [add, subtract, multiply, divide] = [0xe4, 0xe5, 0xe6, 0xe7].map((operation) =>
  simd(operation),
) as [number[], number[], number[], number[]];
export const multiplyAdd = simd(0x105);
