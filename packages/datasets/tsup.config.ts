import { library } from '../../tsup.shared.ts';

const shared = library([
  'src/index.ts',
  // Files of their own, which a bundler leaves out when nothing in them is used: each data set, and Papa Parse.
  'src/csv/parse.ts',
  'src/embedded/{breastCancer,diabetes,digits,iris,wine}.ts',
  // package.json's `imports` say which of the two is loaded.
  'src/platform/{browser,node}.ts',
]);

export default {
  ...shared,
  splitting: true,
  external: ['#platform', /^node:/],
  dts: { ...shared.dts, entry: 'src/index.ts' },
  // The sources are in the package: maps need not hold the data again.
  esbuildOptions: (options) => {
    options.sourcesContent = false;
  },
};
