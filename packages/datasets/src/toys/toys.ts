import { banana } from './banana.js';
import { checkerboard } from './checkerboard.js';
import { circles } from './circles.js';
import { cosine } from './cosine.js';
import { eightGaussians } from './eightGaussians.js';
import { line } from './line.js';
import { pinwheel } from './pinwheel.js';
import { rings } from './rings.js';
import { swissRoll } from './swissRoll.js';
import type { Toy } from './toy.js';
import { twoMoons } from './twoMoons.js';
import { twoSpirals } from './twoSpirals.js';

/** The name of a synthetic law. */
export type ToyName =
  | 'twoMoons'
  | 'eightGaussians'
  | 'pinwheel'
  | 'twoSpirals'
  | 'checkerboard'
  | 'rings'
  | 'circles'
  | 'swissRoll'
  | 'cosine'
  | 'line'
  | 'banana';

/** The synthetic laws by name. */
export const toys: Readonly<Record<ToyName, Toy>> = {
  twoMoons,
  eightGaussians,
  pinwheel,
  twoSpirals,
  checkerboard,
  circles,
  rings,
  swissRoll,
  cosine,
  line,
  banana,
};
