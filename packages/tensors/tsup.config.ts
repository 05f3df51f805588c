import { library } from '../../tsup.shared.ts';

export default {
  ...library(['src/index.ts', 'src/platform/node.ts', 'src/platform/browser.ts']),
  // A file of its own: package.json's `imports` say which of the two platforms is loaded.
  external: ['#platform'],
};
