import { library } from '../../tsup.shared.ts';

export default library({
  entry: [
    'src/index.ts',
    // Files of their own, which a bundler leaves out when nothing in them is used: each data set, and what imports a
    // library: Papa Parse, or readers of archives and images.
    'src/csv/parse.ts',
    'src/download/{cifar10,omniglotSmall}.ts',
    'src/embedded/{breastCancer,diabetes,digits,iris,wine}.ts',
    // Functions with properties, which a bundler keeps in a file with what others need, and that.
    'src/graphs/{graphLaw,sachs}.ts',
    'src/series/{emps,numbersOf}.ts',
    // package.json's `imports` say which of the two is loaded.
    'src/platform/{browser,node}.ts',
  ],
  external: ['#platform', /^node:/],
  // The sources are in the package, the data in its build: maps need not hold either again.
  esbuildOptions: (options) => {
    options.sourcesContent = false;
  },
});
