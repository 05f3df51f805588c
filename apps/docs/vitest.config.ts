import { tests } from '../../vitest.shared.ts';

export default tests({ testTimeout: 600_000, hookTimeout: 60_000 });
