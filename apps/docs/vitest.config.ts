import { tests } from '../../vitest.shared.ts';

export default tests({ testTimeout: 240_000, hookTimeout: 60_000 });
