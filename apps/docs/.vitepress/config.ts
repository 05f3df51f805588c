import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const docs = fileURLToPath(new URL('../../../docs', import.meta.url));
const sidebarFile = `${docs}/api/typedoc-sidebar.json`;
interface SidebarItem {
  text: string;
  link?: string;
  items?: SidebarItem[];
}
const api: SidebarItem[] = existsSync(sidebarFile)
  ? JSON.parse(readFileSync(sidebarFile, 'utf8'))
  : [];

/** Each package's pages show that package's exports: all of them together would weigh down every page. */
const apiSidebars = Object.fromEntries(
  api.map((item) => [
    `/api/${item.text}/`,
    [
      { text: 'All packages', link: '/api/' },
      { ...item, collapsed: false },
    ],
  ]),
);

const packages = [
  'tensors',
  'nn',
  'bijectors',
  'conditioners',
  'distributions',
  'flows',
  'vae',
  'diffusion',
  'hybrid',
  'training',
  'metrics',
  'datasets',
  'compile',
];

export default defineConfig({
  title: 'pushforward',
  description: 'Deep probabilistic models in TypeScript, as composable packages.',
  srcDir: '../../docs',
  cleanUrls: true,
  markdown: { math: true },
  head: [
    [
      'link',
      {
        rel: 'icon',
        href: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><path d='M3 26C9 26 10 6 16 6s7 20 13 20' fill='none' stroke='%233451b2' stroke-width='3'/></svg>",
      },
    ],
  ],
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/getting-started' },
      { text: 'Live', link: '/live' },
      { text: 'Packages', link: '/packages/flows' },
      { text: 'API', link: '/api/' },
      { text: 'Results', link: '/results/' },
    ],
    outline: [2, 3],
    search: { provider: 'local' },
    sidebar: {
      '/': [
        {
          text: 'Guide',
          items: [
            { text: 'What it is', link: '/what-it-is' },
            { text: 'Getting started', link: '/getting-started' },
            { text: 'One idea', link: '/one-idea' },
            { text: 'Flows and graphs', link: '/graphs' },
            { text: 'Monotone networks', link: '/monotone' },
            { text: 'Variational auto-encoders', link: '/vae' },
            { text: 'Diffusion models', link: '/diffusion' },
            { text: 'Hybrid models', link: '/hybrid' },
            { text: 'The contracts', link: '/contracts' },
            { text: 'Engines and random keys', link: '/engines' },
            { text: 'A flow, live', link: '/live' },
          ],
        },
        {
          text: 'Packages',
          items: packages.map((name) => ({ text: name, link: `/packages/${name}` })),
        },
        {
          text: 'Evidence',
          items: [
            { text: 'Digits and irises', link: '/results/digits-and-iris' },
            { text: 'Results', link: '/results/' },
            { text: 'Speed', link: '/results/speed' },
            { text: 'Decisions', link: '/decisions/' },
          ],
        },
        { text: 'API', link: '/api/' },
      ],
      ...apiSidebars,
      '/api/': [{ text: 'API', items: api.map(({ text, link }) => ({ text, link })) }],
    },
  },
});
