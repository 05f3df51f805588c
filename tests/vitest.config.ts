import { tests } from '../vitest.shared.ts';

// Installing packages and running their examples takes its time; each test is one whole command.
export default tests({ testTimeout: 300_000, hookTimeout: 300_000, maxConcurrency: 2 });
