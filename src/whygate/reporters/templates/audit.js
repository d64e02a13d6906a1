"use strict";
(() => {
  const PAGE = 100;
  const COLUMNS = ["identity", "day", "title", "kind", "state", "outcome", "found", "area"];
  const FIELDS = [
    "identity", "sha", "url", "day", "title", "kind", "state", "detail", "found", "answers", "area",
    "anchor", "said", "plans",
  ];
  const PLAN = [
    "state", "metric", "baseline", "target", "due", "wait", "owner", "source", "guardrails",
    "decision", "chart", "at", "value", "effect", "by", "evidence", "learned", "broken", "forced",
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
  const outcomeChoice = byId("outcome");
  const collator = new Intl.Collator("en", { numeric: true });

  const named = (names, values) => {
    const made = {};
    names.forEach((name, index) => { made[name] = values[index] ?? ""; });
    return made;
  };

  const data = JSON.parse(byId("data").textContent);
  const rows = data.rows.map((values, place) => {
    const row = named(FIELDS, values);
    row.place = place;
    row.url = row.url && data.base + row.url;
    row.plans = row.plans.map((plan) => named(PLAN, plan));
    row.outcome = row.plans.map((plan) => plan.state).join(", ");
    row.text = [row.identity, row.day, row.title, row.kind, row.state, row.detail,
      row.found.join(" "), row.answers, row.area, row.outcome,
      ...row.said.map(([, text]) => text),
      ...row.plans.map((plan) => `${plan.metric} ${plan.owner}`)].join("\n").toLowerCase();
    return row;
  });
  const byAnchor = new Map(rows.map((row) => [row.anchor, row]));

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
    title(cell, row) {
      cell.className = "text";
      cell.dir = "auto";
      cell.append(link(`#${row.anchor}`, row.title || "no title"));
    },
    kind(cell, row) { cell.textContent = row.kind; },
    state(cell, row) {
      const known = STATES.includes(row.state) ? ` ${row.state}` : "";
      cell.append(element("span", `state${known}`, row.state));
      if (row.detail) cell.append(" ", element("span", "n", row.detail));
    },
    outcome(cell, row) { cell.textContent = row.outcome; },
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
      line.id = row.anchor;
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
      (!outcomeChoice.value || row.plans.some((plan) => plan.state === outcomeChoice.value)) &&
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
  const outcomes = rows.flatMap((row) => row.plans.map((plan) => plan.state));
  fill(outcomeChoice, [...new Set(outcomes)].sort(collator.compare));
  outcomeChoice.parentElement.hidden = !outcomes.length;
  outcomeChoice.addEventListener("change", update);
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
  // One change, opened: what its author wrote, its plan, and what came of it.
  const dialog = byId("change");

  const described = (entries) => {
    const list = document.createElement("dl");
    for (const [name, value] of entries) {
      if (!value) continue;
      const told = element("dd", "", "");
      told.dir = "auto";
      if (value.startsWith("https://")) {
        const made = link(value, value);
        made.rel = "noreferrer noopener";
        told.append(made);
      } else {
        told.textContent = value;
      }
      list.append(element("dt", "", name), told);
    }
    return list;
  };

  const picture = (id) => {
    const drawn = byId(id)?.cloneNode(true);
    drawn?.removeAttribute("id");
    return drawn ? [drawn] : [];
  };

  const planned = (plan, index, all) => [
    element("h3", "", all.length > 1 ? `Plan ${index + 1}` : "Plan"),
    described([
      ["Metric", plan.metric],
      ["From", plan.baseline],
      ["To", plan.target],
      ["Day", [plan.due, plan.wait].filter(Boolean).join(", ")],
      ["Who looks", plan.owner],
      ["Data", plan.source],
      ["Guardrails", plan.guardrails],
      ["Decision", plan.decision],
    ]),
    element("h3", "", all.length > 1 ? `Result ${index + 1}` : "Result"),
    ...picture(plan.chart),
    described([
      ["State", plan.state],
      ["Measured", [plan.value, plan.effect && `(${plan.effect})`].filter(Boolean).join(" ")],
      ["On", plan.at],
      ["By", plan.by],
      ["Evidence", plan.evidence],
      ["Learned", plan.learned],
      ["Guardrail broken", plan.broken],
      ["Recorded all the same", plan.forced],
    ]),
  ];

  const show = (row) => {
    byId("change-title").textContent = row.title || row.identity;
    const facts = byId("change-facts");
    const known = STATES.includes(row.state) ? ` ${row.state}` : "";
    facts.replaceChildren(element("span", `state${known}`, row.state), ` ${row.detail} `);
    if (row.url.startsWith("https://")) {
      const made = link(row.url, row.identity);
      made.rel = "noreferrer noopener";
      facts.append(made);
    } else {
      facts.append(row.identity);
    }
    facts.append(...[row.kind, row.day, row.area].filter(Boolean).map((part) => ` · ${part}`));
    const body = byId("change-body");
    body.replaceChildren(
      element("h3", "", "In the author's words"),
      row.said.length
        ? described(row.said.map(([field, text]) => [data.fields[field], text]))
        : element("p", "none", "No labelled answer stands there."),
      ...row.plans.flatMap(planned),
    );
    if (row.found.length) {
      const list = element("ul", "", "");
      for (const rule of row.found) {
        const meaning = byId(`rule-${rule}`);
        const item = document.createElement("li");
        item.append(meaning ? link(`#rule-${rule}`, rule) : rule);
        const said = meaning?.querySelector("summary")?.textContent.replace(rule, "") ?? "";
        item.append(said);
        list.append(item);
      }
      body.append(element("h3", "", "Findings"), list);
    }
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    byId("change-title").focus();
  };

  const openTarget = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const row = byAnchor.get(name);
    if (row) { show(row); return; }
    if (dialog.open) dialog.close();
    const target = byId(name);
    if (target?.tagName !== "DETAILS") return;
    target.open = true;
    target.scrollIntoView();
  };

  const go = (anchor) => {
    history.pushState(null, "", `#${anchor}`);
    openTarget();
  };

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const anchor = target.closest("a[href^='#c-']")?.getAttribute("href").slice(1);
    if (anchor && byAnchor.has(anchor)) {
      event.preventDefault();
      go(anchor);
    } else if (target === dialog) {
      dialog.close();
    }
  });
  // The squares of the timeline are one stop of the Tab key; the arrows go from one to the next
  // (ARIA Authoring Practices, "Keyboard Navigation Inside Components").
  const squares = [...document.querySelectorAll(".timeline a")];
  const stopAt = (chosen) => {
    for (const square of squares) square.setAttribute("tabindex", square === chosen ? "0" : "-1");
  };
  stopAt(squares.at(-1));
  byId("months")?.addEventListener("keydown", (event) => {
    const at = squares.indexOf(event.target);
    const to = {
      ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
      Home: 0, End: squares.length - 1,
    }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = squares[Math.min(Math.max(to, 0), squares.length - 1)];
    stopAt(next);
    next.focus();
  });

  dialog.addEventListener("close", () => {
    if (byAnchor.has(decodeURIComponent(location.hash.slice(1)))) {
      history.replaceState(null, "", location.pathname + location.search);
    }
  });
  addEventListener("popstate", openTarget);
  addEventListener("hashchange", openTarget);
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
  openTarget();
  byId("filters").hidden = !rows.length;
  byId("pager").hidden = !rows.length;
  byId("hint").hidden = !rows.length;
  if (byId("months")) byId("months").scrollLeft = byId("months").scrollWidth;
  if (byId("chart")) byId("chart").scrollLeft = byId("chart").scrollWidth;
  draw();
})();
