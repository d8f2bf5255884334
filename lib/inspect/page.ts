/** What every inspection page has in common: its style, and the script that zooms maps. */

export const style = `
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1c1e22;--quiet:#6a6f78;--line:#e4e1da;
--accent:#2f5fd0;--unknown:#c9c6be;--static:#3566c8;--stack:#a06405;--guest-heap:#2f7f55;
--host-heap:#7a4fb8;--grown:#1f7a82;--reach:#c9c4b8;--data:#24509f;--stack-free:#f0d3a2;
--stack-used:#8a5406;--allocation:#5b3596;--free:#dccdf0}
@media(prefers-color-scheme:dark){:root{--paper:#15171b;--card:#1d2026;--ink:#e8e6e1;--quiet:#9aa0aa;
--line:#30343c;--accent:#8fb0ff;--unknown:#4a4d54;--reach:#4a4d54;--data:#3f6fc9;--stack-free:#4e3b1c;
--stack-used:#a06405;--allocation:#7a4fb8;--free:#3d3350}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
main{max-width:68rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:0 0 .2rem}
.sub{color:var(--quiet);margin:.3rem 0 0}
.mono,td.n,.tick,.at{font-family:ui-monospace,'SF Mono',Menlo,'DejaVu Sans Mono',monospace;
font-variant-numeric:tabular-nums}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem;
margin-top:1.25rem}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:1rem;margin:1.5rem 0 0}
dl.facts div{border-left:3px solid var(--line);padding-left:.7rem}
dt{color:var(--quiet);font-size:.82rem}
dd{margin:0;font-weight:600}
dd small,td small{display:block;font-weight:400;color:var(--quiet)}
.map{margin:1rem 0 .4rem;outline-offset:4px}
.bar{position:relative;overflow:hidden;height:64px;border-radius:8px;background:var(--paper)}
.lane{position:relative;overflow:hidden;height:26px;margin-top:4px;border-radius:6px;
background:var(--paper)}
.r{position:absolute;top:0;bottom:0;min-width:2px;border:0;padding:0 .5rem;margin:0;text-align:left;
font:inherit;font-size:.82rem;line-height:1.25;color:#fff;overflow:hidden;white-space:nowrap;
text-overflow:ellipsis;border-right:1px solid var(--card);background:var(--c);cursor:pointer;
transition:left .25s,width .25s}
.lane .r{font-size:.75rem;padding:0 .35rem;cursor:default}
.r[hidden]{display:none}
.r b{display:block;font-weight:600;overflow:hidden;text-overflow:ellipsis}
.r span{opacity:.9;font-size:.75rem}
.r.thin{padding:0;min-width:4px;z-index:1}
.r.thin *{display:none}
.r:focus-visible,button:focus-visible,.map:focus-visible,summary:focus-visible,.scroll:focus-visible{
outline:2px solid var(--accent);outline-offset:2px}
.bar .r:focus-visible{outline-offset:-3px;outline-color:#fff}
.k-unknown,.k-reach,.k-stack-free,.k-free{color:var(--ink)}
.axis{position:relative;height:1.4rem;margin-top:2px;overflow:hidden}
.tick{position:absolute;font-size:.72rem;color:var(--quiet);padding-left:4px;
border-left:1px solid var(--line);white-space:nowrap}
.tick:last-child{transform:translateX(-100%);border-left:0;border-right:1px solid var(--line);
padding:0 4px 0 0}
.tools{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin-top:.5rem}
.tools button{font:inherit;font-size:.82rem;color:var(--ink);background:var(--card);
border:1px solid var(--line);border-radius:6px;padding:.25rem .65rem;min-height:32px;cursor:pointer}
.tools button:hover{border-color:var(--accent)}
.tools .at{font-size:.78rem;color:var(--quiet);margin-left:auto}
.scroll{overflow-x:auto;margin-top:.9rem}
table{border-collapse:collapse;width:100%;font-size:.86rem}
th{text-align:left;font-weight:600;color:var(--quiet);font-size:.78rem;white-space:nowrap}
th,td{padding:.32rem .7rem .32rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;white-space:nowrap}
td.l{text-align:left}
td.name{overflow-wrap:anywhere;min-width:7rem}
tr.part td{border-bottom-color:transparent;padding-top:.08rem;padding-bottom:.08rem;color:var(--quiet)}
tr.part td.name{padding-left:1.4rem}
tr.whole td{border-bottom-color:transparent;border-top:1px solid var(--line)}
i.s{display:inline-block;width:.8em;height:.8em;border-radius:3px;background:var(--c);
margin-right:.5em;vertical-align:-.05em}
.k-reach.r,i.k-reach{background:repeating-linear-gradient(45deg,var(--reach) 0 4px,transparent 4px 8px)}
details>summary{cursor:pointer;color:var(--accent);font-size:.86rem;padding:.4rem 0}
.cols{columns:2;column-gap:1.25rem;margin-top:1.25rem}
.cols section{break-inside:avoid;margin:0 0 1.25rem}
.none{color:var(--quiet);margin:.3rem 0 0}
.meter{display:inline-block;width:3.5rem;height:.45em;border-radius:3px;background:var(--line);
margin-left:.5em;overflow:hidden;vertical-align:.08em}
.meter i{display:block;height:100%;background:var(--accent)}
kbd{font:inherit;font-size:.82rem;border:1px solid var(--line);border-radius:4px;padding:0 .35em}
footer{color:var(--quiet);font-size:.8rem;margin-top:1.5rem}
@media(max-width:640px){main{padding:1.4rem .9rem 3rem}section{padding:1rem .9rem}h1{font-size:1.35rem}
dl.facts{grid-template-columns:1fr 1fr}.cols{columns:1}.wide{display:none}
.tools .at{margin-left:0;width:100%}.meter{width:1.6rem}}
@media(prefers-reduced-motion:reduce){.r{transition:none}}
@media print{section{break-inside:avoid}.tools{display:none}}
`;

/**
 * Places what has data-o and data-b (offset and bytes) by the part of the memory that is shown.
 * Without it a page shows each memory whole.
 */
export const script = `
for (const map of document.querySelectorAll('.map')) {
  const size = Number(map.dataset.size), items = [...map.querySelectorAll('.r')];
  const ticks = map.querySelector('.axis'), at = map.querySelector('.at');
  const hex = (n) => '0x' + Math.round(n).toString(16).padStart(8, '0');
  let from = 0, to = size;
  const show = (a, b) => {
    const room = Math.max(Math.min(b - a, size), Math.min(16, size));
    from = Math.max(0, Math.min(a, size - room)); to = from + room;
    for (const r of items) {
      const o = Number(r.dataset.o), e = o + Number(r.dataset.b);
      r.hidden = e <= from || o >= to;
      const left = Math.max(o, from), width = (Math.min(e, to) - left) / room;
      r.style.left = ((left - from) / room) * 100 + '%'; r.style.width = width * 100 + '%';
      r.classList.toggle('thin', width * map.clientWidth < 48);
    }
    const many = map.clientWidth < 320 ? 1 : map.clientWidth < 640 ? 2 : 4; // 160 px for each
    ticks.replaceChildren(...Array.from({ length: many + 1 }, (_, i) => {
      const t = document.createElement('span');
      t.className = 'tick'; t.textContent = hex(from + (room * i) / many);
      t.style.left = (100 * i) / many + '%';
      return t;
    }));
    at.textContent = from === 0 && to === size ? 'all of it' : hex(from) + ' to ' + hex(to);
  };
  const zoom = (by, middle = (from + to) / 2) =>
    show(middle - (middle - from) * by, middle + (to - middle) * by);
  const move = (by) => { const d = (to - from) * by; show(from + d, to + d); };
  const acts = { in: () => zoom(0.5), out: () => zoom(2), all: () => show(0, size),
    left: () => move(-0.25), right: () => move(0.25) };
  const keys = { '+': 'in', '=': 'in', '-': 'out', '0': 'all', Escape: 'all', ArrowLeft: 'left',
    ArrowRight: 'right' };
  map.addEventListener('click', (event) => {
    const act = event.target.closest('[data-act]');
    if (act) return acts[act.dataset.act]();
    const r = event.target.closest('button.r');
    if (!r) return;
    const o = Number(r.dataset.o), b = Number(r.dataset.b);
    if (from === o && to === o + b) show(0, size); else show(o, o + b);
  });
  map.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act) { event.preventDefault(); acts[act](); }
  });
  map.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = map.getBoundingClientRect();
    const middle = from + ((event.clientX - box.left) / box.width) * (to - from);
    zoom(event.deltaY < 0 ? 0.8 : 1.25, middle);
  }, { passive: false });
  for (const row of document.querySelectorAll('[data-map="' + map.id + '"]')) {
    row.addEventListener('click', () => {
      const o = Number(row.dataset.o), b = Number(row.dataset.b);
      show(o - b * 0.1, o + b * 1.1);
      map.scrollIntoView({ block: 'nearest' });
    });
  }
  map.querySelector('.tools').hidden = false;
  new ResizeObserver(() => show(from, to)).observe(map);
  show(0, size);
}
`;
