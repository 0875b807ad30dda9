import { render } from 'preact';
import { App } from './app.tsx';
import { takeKeyFromAddress } from './session.ts';
import 'uplot/dist/uPlot.min.css';
import './styles.css';

takeKeyFromAddress();
const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the dashboard');
render(<App />, root);
