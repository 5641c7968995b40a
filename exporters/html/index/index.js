// The tables of the index: sorting and filtering of tables that are complete without either.

/** Each table by the id of its section: its rows, and the kinds that its chips pick. */
const tables = {};

const sortBy = (table, button) => {
  const head = button.closest("th"), column = [...head.parentElement.children].indexOf(head);
  const numeric = head.dataset.sort === "number", first = numeric ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? (numeric ? "ascending" : "descending") : first;
  for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1, body = table.rows[0]?.parentElement;
  const values = new Map(table.rows.map((row) => {
    const cell = row.children[column], text = cell.dataset.value ?? cell.textContent.trim().toLowerCase();
    return [row, numeric ? Number(text) : text];
  }));
  const compare = numeric ? (a, b) => a - b : new Intl.Collator().compare;
  table.rows.sort((a, b) => sign * compare(values.get(a), values.get(b)) || table.order.get(a) - table.order.get(b));
  if (body) body.append(...table.rows);
  table.shown = STEP;
  showRows(table);
};

/** So many rows are laid out at first, and whenever the reader comes near the end of them. */
const STEP = 150;

const showRows = (table) => {
  let count = 0;
  for (const row of table.rows) row.classList.toggle("later", !row.hidden && ++count > table.shown);
  table.more.hidden = count <= table.shown;
  table.more.textContent = `Show all ${count.toLocaleString("en")}`;
};

/** The words of a search, in lower case. */
const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Says beside the name of a row which words were found that no column shows: further triggers, and what is touched. */
const tellWhy = (row, words) => {
  row.querySelector(".why")?.remove();
  const shown = words.length ? row.textContent.toLowerCase() : "", hidden = words.filter((word) => !shown.includes(word));
  if (!hidden.length) return;
  const [also, touched = []] = row.dataset.words.split("\n\n").map((part) => part.split("\n"));
  const found = hidden.map((word) => {
    const name = also.find((one) => one.includes(word));
    return name ? `also ${name}` : `touches ${touched.find((one) => one.includes(word))}`;
  });
  row.querySelector("th").append(el("small", { className: "why" }, [...new Set(found)].join(", ")));
};

/** Hides the rows of a table that don't match; returns how many are left. */
const filterRows = (table, text) => {
  const words = wordsOf(text);
  let left = 0;
  for (const row of table.rows) {
    const fits = (table.of === null || row.dataset.of === table.of) && (!table.kinds.size || table.kinds.has(row.dataset.kind)) && words.every((word) => row.dataset.words.includes(word));
    row.hidden = !fits;
    left += fits;
    tellWhy(row, fits ? words : []);
  }
  table.shown = STEP;
  showRows(table);
  return left;
};

/** Makes the chips of a section pick kinds; sections that share `kinds` show the same ones as picked. */
const startChips = (section, kinds, changed) => {
  for (const chip of section.querySelectorAll("[data-filter]")) {
    startChips.known.push({ chip, kinds });
    chip.addEventListener("click", () => {
      const kind = chip.dataset.filter;
      if (kinds.has(kind)) kinds.delete(kind);
      else kinds.add(kind);
      for (const same of startChips.known) if (same.kinds === kinds) same.chip.setAttribute("aria-pressed", String(kinds.has(same.chip.dataset.filter)));
      changed();
    });
  }
};

startChips.known = [];

/** Takes up the table of a section. */
const startTable = (id, changed) => {
  const section = $(id), kinds = new Set(), rows = [...section.querySelectorAll("tbody > tr")];
  const more = el("button", { type: "button", hidden: true, className: "more" });
  const table = { rows, kinds, of: null, shown: STEP, more, order: new Map(rows.map((row, number) => [row, number])) };
  tables[id] = table;
  for (const button of section.querySelectorAll("thead button")) button.addEventListener("click", () => sortBy(table, button));
  startChips(section, kinds, changed);
  section.querySelector(".table")?.after(more);
  const show = (count) => {
    table.shown = count;
    showRows(table);
  };
  more.addEventListener("click", () => show(Infinity));
  new IntersectionObserver(([seen]) => seen.isIntersecting && show(table.shown + STEP), { root: $("index"), rootMargin: "600px" }).observe(more);
  showRows(table);
};

/** Takes up all parts of the index. */
const startIndex = (changed) => {
  for (const id of ["table", "systems", "findings", "gaps"]) startTable(id, changed);
  startChips($("map"), tables.table.kinds, changed);
  startMap();
};

/** Shows the findings of one workflow only, or of all when `workflow` is empty. */
const findingsOf = (workflow) => {
  tables.findings.of = workflow || null;
  $("all-findings").hidden = !workflow;
};
