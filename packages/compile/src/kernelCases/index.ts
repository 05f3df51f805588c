import type { Case } from './case.js';
import { elementwise } from './elementwise.js';
import { images } from './images.js';
import { shapes } from './shapes.js';
import { sums } from './sums.js';

/** By the name of the kernel that each is about. */
export const cases: Readonly<Record<string, Case>> = {
  ...elementwise,
  ...sums,
  ...shapes,
  ...images,
};
