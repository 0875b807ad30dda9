export { composeProblems } from './compose-schema.ts';
export { helmPython, renderChart } from './render-chart.ts';
export { type Manifest, manifestProblems } from './validate-manifest.ts';
