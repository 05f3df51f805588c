import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { defineAsyncComponent } from 'vue';
import CostCurve from './CostCurve.vue';
import ResultTable from './ResultTable.vue';
import SpeedTable from './SpeedTable.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('ResultTable', ResultTable);
    app.component('SpeedTable', SpeedTable);
    app.component('CostCurve', CostCurve);
    // TensorFlow.js is fetched only by the page that trains a flow.
    app.component(
      'LiveFlow',
      defineAsyncComponent(() => import('./LiveFlow.vue')),
    );
  },
} satisfies Theme;
