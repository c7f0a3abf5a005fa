"use strict";
const said = document.currentScript.dataset;
const language = document.documentElement.lang;
const order = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
const written = new Intl.NumberFormat(language);
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
const SHORTEST_SORTED = 3;
const SHORTEST_FILTERED = 12;

function made(tag, text, properties) {
  const one = Object.assign(document.createElement(tag), properties);
  one.textContent = text;
  return one;
}

// A cell sorts by its number, else by its text without footnotes and small print.
function keyOf(row, place) {
  const cell = row.cells[place];
  if (cell.dataset.value) return Number(cell.dataset.value);
  if (cell.querySelector(".missing")) return null;
  const copy = cell.cloneNode(true);
  copy.querySelectorAll("sup, small").forEach((part) => part.remove());
  return copy.textContent.trim() || null;
}

// Cells without a value come last, whichever way the others go.
function compared(a, b, way) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return way * (a - b);
  return way * order.compare(a, b);
}

function sortable(table, parts) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const first = new Map(parts.flatMap((part) => part.rows).map((row, place) => [row, place]));
  heads.forEach((head, place) => {
    const label = head.textContent.trim();
    if (!label) return;
    const button = made("button", label, { type: "button" });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const after = { null: "ascending", ascending: "descending" }[before];
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      if (after) head.setAttribute("aria-sort", after);
      const way = { ascending: 1, descending: -1 }[after];
      for (const part of parts) {
        const keyed = part.rows.map((row) => [row, way ? keyOf(row, place) : null]);
        keyed.sort((a, b) => compared(a[1], b[1], way) || first.get(a[0]) - first.get(b[0]));
        part.body.append(...keyed.map(([row]) => row));
      }
      live.textContent = filled(said[after || "unsorted"], { column: label });
    });
  });
  table.classList.add("sortable");
  table.tHead.rows[0].dataset.lead = said.sort;
}

function filterable(table, parts, rows) {
  const id = `${table.parentElement.id}-filter`;
  const label = made("label", said.filter, { htmlFor: id });
  label.append(made("span", `: ${table.caption.textContent.trim()}`, { className: "unseen" }));
  const field = made("input", "", { id, type: "search", autocomplete: "off" });
  const count = made("p", "", { className: "count" });
  count.setAttribute("role", "status");
  const text = (row) => Array.from(row.cells, (cell) => cell.matches("td.number") ? "" : cell.textContent);
  const texts = new Map(rows.map((row) => [row, plain(text(row).join(" "))]));
  const finder = made("div", "", { className: "finder" });
  const show = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { body, rows: own, title } of parts) {
      let here = 0;
      for (const row of own) {
        const text = title + texts.get(row);
        row.hidden = !words.every((word) => text.includes(word));
        here += !row.hidden;
      }
      body.hidden = !here;
      shown += here;
    }
    finder.classList.toggle("active", words.length > 0);
    const values = { shown: written.format(shown), count: written.format(rows.length) };
    count.textContent = filled(said.shown, values);
  };
  field.addEventListener("input", show);
  finder.append(label, field, count);
  const title = made("p", table.caption.textContent.trim(), { className: "caption", ariaHidden: "true" });
  table.caption.classList.add("unseen");
  table.before(title, finder);
  show();
}

const live = made("p", "", { className: "unseen", id: "announced" });
live.setAttribute("role", "status");
document.getElementById("content").append(live);
for (const table of document.querySelectorAll("table.grid")) {
  const parts = Array.from(table.tBodies, (body) => {
    const group = body.querySelector("tr.group");
    return {
      body,
      rows: Array.from(body.rows).filter((row) => row !== group),
      title: group ? `${plain(group.textContent)} ` : "",
    };
  });
  const rows = parts.flatMap((part) => part.rows);
  if (parts.some((part) => part.rows.length >= SHORTEST_SORTED)) sortable(table, parts);
  if (rows.length >= SHORTEST_FILTERED) filterable(table, parts, rows);
}

// One button opens and closes all folded parts that stand side by side.
for (const section of document.querySelectorAll("section")) {
  const folded = Array.from(section.querySelectorAll(":scope > section > details"));
  if (folded.length < 2) continue;
  const button = made("button", said.open, { type: "button", className: "all" });
  button.addEventListener("click", () => {
    const open = folded.some((one) => !one.open);
    folded.forEach((one) => { one.open = open; });
    button.textContent = open ? said.close : said.open;
  });
  folded[0].parentElement.before(button);
}

// A link into a folded part opens it.
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  let one = target.querySelector(":scope > details") || target.closest("details");
  if (!one) return;
  for (; one; one = one.parentElement.closest("details")) one.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) reveal();
});
reveal();

// Older browsers print only what is open.
let closed = [];
addEventListener("beforeprint", () => {
  closed = Array.from(document.querySelectorAll("details:not([open])"));
  closed.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => closed.forEach((one) => { one.open = false; }));

// The contents show where the reader is.
const links = new Map(Array.from(document.querySelectorAll(".contents a"), (link) => [link.hash.slice(1), link]));
const nav = document.querySelector(".contents");
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    nav.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const link = links.get(entry.target.id);
    link.setAttribute("aria-current", "location");
    if (nav.scrollHeight > nav.clientHeight) nav.scrollTop = link.offsetTop - nav.clientHeight / 2;
  }
}, { rootMargin: "-10% 0px -80% 0px" });
for (const id of links.keys()) {
  const section = document.getElementById(id);
  if (section) seen.observe(section);
}
