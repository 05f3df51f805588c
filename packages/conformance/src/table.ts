/** Every bijector, every pair of a normalizer and a conditioner, every flow. What is added to the packages is added here. */
import type { MapRow } from './rows.js';
import { bijectors } from './table/bijectors.js';
import { flowMaps, flows } from './table/flows.js';
import { triangular } from './table/triangular.js';

export { flows };

/** Bijectors, alone and composed. */
export const maps: readonly MapRow[] = [...bijectors, ...triangular, ...flowMaps];
