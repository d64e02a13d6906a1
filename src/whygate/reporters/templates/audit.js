"use strict";
(() => {
  const PAGE = 100;
  const COLUMNS = ["identity", "day", "title", "kind", "state", "answers", "found", "area"];
  const FIELDS = [
    "identity", "sha", "url", "day", "title", "kind", "state", "detail", "found", "answers", "area",
  ];
  const STATES = ["complete", "partial", "missing", "exempt", "blind", "skipped"];
  const SHORTEST_HASH = 4; // as git has it
  const NEXT_ORDER = { none: "ascending", ascending: "descending", descending: "none" };

  const byId = (id) => document.getElementById(id);
  const table = byId("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const query = byId("query");
  const stateChoice = byId("state");
  const kindChoice = byId("kind");
  const collator = new Intl.Collator("en", { numeric: true });

  const rows = JSON.parse(byId("data").textContent).map((values, place) => {
    const row = { place };
    FIELDS.forEach((name, index) => { row[name] = values[index]; });
    row.text = [row.identity, row.day, row.title, row.kind, row.state, row.detail,
      row.found.join(" "), row.answers, row.area].join("\n").toLowerCase();
    return row;
  });

  const view = { column: "", order: "none", page: 0, shown: rows };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const link = (address, text) => {
    const made = element("a", "", text);
    made.href = address;
    return made;
  };

  const cells = {
    identity(cell, row) {
      if (!row.url.startsWith("https://")) { cell.textContent = row.identity; return; }
      const made = link(row.url, row.identity);
      made.rel = "noreferrer noopener";
      cell.append(made);
    },
    day(cell, row) { cell.className = "day"; cell.textContent = row.day; },
    title(cell, row) { cell.className = "text"; cell.dir = "auto"; cell.textContent = row.title; },
    kind(cell, row) { cell.textContent = row.kind; },
    state(cell, row) {
      const known = STATES.includes(row.state) ? ` ${row.state}` : "";
      cell.append(element("span", `state${known}`, row.state));
      if (row.detail) cell.append(" ", element("span", "n", row.detail));
    },
    answers(cell, row) { cell.textContent = row.answers; },
    found(cell, row) {
      row.found.forEach((rule, index) => {
        if (index) cell.append(" ");
        cell.append(byId(`rule-${rule}`) ? link(`#rule-${rule}`, rule) : rule);
      });
    },
    area(cell, row) { cell.textContent = row.area; },
  };

  const draw = () => {
    const pages = Math.max(1, Math.ceil(view.shown.length / PAGE));
    view.page = Math.min(view.page, pages - 1);
    const start = view.page * PAGE;
    const part = view.shown.slice(start, start + PAGE);
    body.replaceChildren(...part.map((row) => {
      const line = document.createElement("tr");
      heads.forEach((_, index) => cells[COLUMNS[index]](line.insertCell(), row));
      return line;
    }));
    const number = (n) => n.toLocaleString("en");
    byId("page").textContent = `Page ${number(view.page + 1)} of ${number(pages)}`;
    byId("count").textContent = part.length
      ? `${number(start + 1)} to ${number(start + part.length)} of ${number(view.shown.length)}` +
        (view.shown.length < rows.length ? ` found in ${number(rows.length)} changes` : " changes")
      : rows.length
        ? `None of ${number(rows.length)} changes fits. Clear the search or the filters.`
        : "No changes";
    for (const button of byId("pager").querySelectorAll("button")) {
      const isBack = ["first", "previous"].includes(button.dataset.step);
      button.disabled = isBack ? view.page === 0 : view.page === pages - 1;
    }
  };

  const compare = {
    state: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state),
    day: (a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0),
    found: (a, b) => a.found.length - b.found.length,
  };

  const holds = (row, word) =>
    row.text.includes(word) || (word.length >= SHORTEST_HASH && row.sha.startsWith(word));

  const update = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row) =>
      (!stateChoice.value || row.state === stateChoice.value) &&
      (!kindChoice.value || row.kind === kindChoice.value) &&
      words.every((word) => holds(row, word)));
    if (view.order !== "none") {
      const { column } = view;
      const usual = compare[column] ?? ((a, b) => collator.compare(a[column], b[column]));
      const sign = view.order === "ascending" ? 1 : -1;
      shown.sort((a, b) => sign * usual(a, b) || a.place - b.place);
    }
    view.shown = shown;
    view.page = 0;
    draw();
  };

  const sortBy = (index) => {
    const column = COLUMNS[index];
    view.order = view.column === column ? NEXT_ORDER[view.order] : "ascending";
    view.column = column;
    heads.forEach((head, place) => {
      head.setAttribute("aria-sort", place === index ? view.order : "none");
    });
    update();
  };

  const step = {
    first: () => 0,
    previous: () => view.page - 1,
    next: () => view.page + 1,
    last: () => Math.ceil(view.shown.length / PAGE) - 1,
  };

  const fill = (select, names) => {
    for (const name of names) {
      const option = element("option", "", name);
      option.value = name;
      select.append(option);
    }
  };

  heads.forEach((head, index) => {
    const button = element("button", "", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => sortBy(index));
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
  });
  const present = new Set(rows.map((row) => row.state));
  fill(stateChoice, STATES.filter((state) => present.has(state)));
  fill(kindChoice, [...new Set(rows.map((row) => row.kind))].sort(collator.compare));
  query.addEventListener("input", update);
  stateChoice.addEventListener("change", update);
  kindChoice.addEventListener("change", update);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => { setTimeout(update); });
  byId("pager").addEventListener("click", (event) => {
    const move = step[event.target.dataset?.step];
    if (!move) return;
    view.page = move();
    draw();
    byId("changes").scrollIntoView();
  });
  for (const button of document.querySelectorAll("button[data-find]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      byId("filters").reset();
      query.value = button.dataset.find;
      update();
      byId("changes").focus();
    });
  }
  const openTarget = () => {
    const target = byId(location.hash.slice(1));
    if (target?.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", openTarget);
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
  openTarget();
  byId("filters").hidden = !rows.length;
  byId("pager").hidden = !rows.length;
  if (byId("chart")) byId("chart").scrollLeft = byId("chart").scrollWidth;
  draw();
})();
