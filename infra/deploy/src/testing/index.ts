export { imageFiles, makeImageTree } from './image-tree.ts';
export { helmPython, renderChart } from './render-chart.ts';
export { type ImageTree, prepareTree, runInImage, runsAsOther, startInImage } from './run-in-image.ts';
export { type Manifest, manifestProblems } from './validate-manifest.ts';
