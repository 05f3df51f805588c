import { library } from '../../tsup.shared.ts';

export default library({
  entry: ['src/index.ts', 'src/platform/node.ts', 'src/platform/browser.ts'],
  // Two files of their own: package.json's `imports` say which of them `#platform` is.
  external: ['#platform', /^node:/],
});
