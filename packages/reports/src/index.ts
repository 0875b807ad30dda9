export { lastWhole, type Period, periodBefore, periodOf } from './period.ts';
export { renderCsv } from './render-csv.ts';
export { renderHtml } from './render-html.ts';
export {
  type Compared,
  REPORT_KINDS,
  type Report,
  type ReportKind,
  reportId,
  type Section,
} from './report.ts';
export { STYLE } from './style.ts';
