/** The style of the report: one colour for each target, the same in every plot. */

export const STYLE = `:root { --good: light-dark(#0a6b3d, #5fd39b); --bad: light-dark(#a33a00, #ff9d5c); --soft: light-dark(#f3f5f7, #1e2329); }
.application-2 { --mark: light-dark(#0057b8, #6cb6ff); } .application-1 { --mark: light-dark(#4f93d2, #3f7fc0); }
.bare-table-2 { --mark: light-dark(#7a5195, #c39be0); } .bare-table-1 { --mark: light-dark(#a98cbf, #9272a8); }
.stitched { --mark: light-dark(#c2571a, #ffa657); } .floor { --mark: light-dark(#8a9099, #8a9099); }
rect, circle { fill: var(--mark); } polyline { fill: none; stroke: var(--mark); stroke-width: 2; }
.spread { stroke: var(--ink); stroke-width: 1.5; } .grid { stroke: var(--ink); opacity: .15; }
rect.better { fill: var(--good); } rect.worse { fill: var(--bad); } text.problem { fill: var(--bad); }
.facts { opacity: .8; } .warning { color: var(--bad); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .2em 1.4em; list-style: none; padding: 0; } .legend svg { width: .8em; margin-right: .5em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(360px, 1fr)); gap: 1em; }
figure { margin: 0; padding: .7em; background: var(--soft); border-radius: 6px; break-inside: avoid; } figcaption { font-weight: 600; font-size: 14px; }
figcaption small { font-weight: 400; opacity: .75; } .wide { overflow-x: auto; font-size: 12px; } h2 { break-after: avoid; margin-top: 1.6em; }
@media print { body { max-width: none; margin: 0; font-size: 11px; } * { print-color-adjust: exact; } .wide { overflow: visible; font-size: 8px; } }`;
