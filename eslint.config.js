import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist', '**/.vitepress', 'tests/src/.examples-*'] },
  {
    files: ['{packages,apps}/*/{src,test}/**/*.ts', 'tests/src/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      // One program for all packages: each would load and check TensorFlow.js's types again.
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers in messages are what the messages are for.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // An index that a loop bounds is known to be there; `!` says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
);
