import { tests, useSwiftShader } from '../../vitest.shared.ts';

useSwiftShader();

export default tests();
