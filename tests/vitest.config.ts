import { tests } from '../vitest.shared.ts';

// Installing packages and running their examples takes its time; each test is one whole command.
export default tests({ maxConcurrency: 2 });
