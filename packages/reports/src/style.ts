/** The page's own: nothing is loaded from anywhere. Light and dark as the reader has it; on paper without colours behind. */
export const STYLE = `
:root { color-scheme: light dark; --fg: #1a202c; --bg: #ffffff; --soft: #4a5568; --line: #cbd5e0; --card: #f7fafc; --good: #22543d; --bad: #9b2c2c; --l0: #2b6cb0; --l1: #b7791f; --l2: #2f855a; --l3: #805ad5; }
@media (prefers-color-scheme: dark) { :root { --fg: #edf2f7; --bg: #171923; --soft: #a0aec0; --line: #2d3748; --card: #1f2430; --good: #9ae6b4; --bad: #feb2b2; --l0: #63b3ed; --l1: #f6ad55; --l2: #68d391; --l3: #b794f4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0; color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem; margin: 1rem 0; }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; } dd small { display: block; font-size: .8rem; color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; overflow-wrap: anywhere; } th:first-child, td:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 600; }
.wide { overflow-x: auto; } figure { margin: 1rem 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
.grid { stroke: var(--line); } .axis { fill: var(--soft); font-size: 11px; } .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line-0 { stroke: var(--l0); } .line-1 { stroke: var(--l1); stroke-dasharray: 6 3; } .line-2 { stroke: var(--l2); stroke-dasharray: 2 3; } .line-3 { stroke: var(--l3); stroke-dasharray: 8 3 2 3; }
.key { display: inline-block; margin-right: 1rem; } .key::before { content: ""; display: inline-block; width: 1.5rem; height: 0; border-top: 3px solid; margin-right: .4rem; vertical-align: middle; }
.key-0::before { border-color: var(--l0); } .key-1::before { border-color: var(--l1); border-style: dashed; } .key-2::before { border-color: var(--l2); border-style: dotted; } .key-3::before { border-color: var(--l3); border-style: dashed; }
summary { cursor: pointer; color: var(--soft); }
@media print { body { max-width: none; } details > * { display: block; } }
`;
