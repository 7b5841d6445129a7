
"use strict";
// The list of the access page: it is made of the data of the page alone, and all data becomes text nodes.
(() => {
  const BATCH = 200, MOST_PRINTED = 2000, MOST_EDGES = 80;
  const UNPROTECTED = 1, UNKNOWN = 2, AFTER = 4, NOTE = 8, GROUP = 16, UNUSED = 32;
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const NUMBERS = ["flags", "line", "sessions"];
  const rows = data.rows.map((cells) => {
    const row = {};
    data.columns.forEach((name, index) => {
      row[name] = NUMBERS.includes(name) ? cells[index] : data.texts[cells[index]];
    });
    row.account = row.identity.split(":")[4] || "";
    const parent = (path) => path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : path;
    row.groups = row.projects.split(" ").map((path) => row.flags & GROUP ? path : parent(path));
    row.all = Object.values(row).join(" ").toLowerCase();
    return row;
  });

  const form = $("filters"), list = $("rows"), more = $("more"), count = $("count");
  const fields = ["search", "project", "group", "environment", "account", "role"];
  const ticks = { unprotected: UNPROTECTED, unknown: UNKNOWN, expires: 0, unused: UNUSED };
  let found = [], shown = 0, lastGroup = null;

  // What applies to any project or environment also applies to the one that is asked for.
  const isAny = (text) => text === "*";
  const tests = {
    project: (row, want) => isAny(row.ids) ||
      (/^\d+$/.test(want) ? row.ids.split(" ").includes(want) : row.projects.toLowerCase().includes(want)),
    group: (row, want) => isAny(row.ids) && !(row.flags & GROUP) ||
      row.groups.some((group) => (group.toLowerCase() + "/").startsWith(want.replace(/\/*$/, "/"))),
    environment: (row, want) => isAny(row.environments) || row.environments.toLowerCase().split(" ").includes(want),
    account: (row, want) => row.account.startsWith(want) || (row.flags & UNKNOWN && !row.account),
    role: (row, want) => (row.identity + " " + row.path).toLowerCase().includes(want) || (row.flags & UNKNOWN && !row.path),
  };

  function matches(row, wanted) {
    if (!wanted.words.every((word) => row.all.includes(word))) return false;
    for (const [name, want] of wanted.fields) if (!tests[name](row, want)) return false;
    for (const name of wanted.ticks) {
      if (!(name === "expires" ? row.expires : row.flags & ticks[name])) return false;
    }
    return true;
  }

  function wanted() {
    const value = (name) => form.elements[name].value.trim().toLowerCase();
    return {
      words: value("search").split(/\s+/).filter(Boolean),
      fields: fields.slice(1).map((name) => [name, value(name)]).filter(([, want]) => want),
      ticks: Object.keys(ticks).filter((name) => form.elements[name]?.checked),
    };
  }

  function element(name, className, ...content) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }

  function marks(row) {
    const made = [];
    const mark = (text, kind) => made.push(element("span", "mark" + (kind ? " " + kind : ""), text));
    if (row.flags & UNKNOWN) mark("unknown", "bad");
    if (row.flags & NOTE) mark("note");
    if (row.flags & UNPROTECTED) mark("unprotected", "warn");
    if (row.flags & AFTER) mark("after another login", "warn");
    if (row.expires) mark("expires " + row.expires);
    if (data.usage && row.path) mark(row.sessions ? "used " + row.used.slice(0, 10) : "not in the log", row.sessions ? "" : "warn");
    return made;
  }

  const byIdentity = new Map();
  for (const row of rows) byIdentity.set(row.identity, (byIdentity.get(row.identity) || 0) + 1);

  function losses(row) {
    const said = [];
    if (row.expires) said.push("at the end of " + row.expires + " (UTC), once the expire job or an apply has run");
    if (row.key) said.push("when " + row.key + " is removed at " + row.file + ":" + row.line + ", and applied");
    else if (row.file) said.push("when the AWS role at " + row.file + ":" + row.line + " is removed, and applied");
    else if (row.path) said.push("when the AWS role of " + row.path + " is deleted, which the files lack: apply does that where they own the mount");
    if (row.lines) said.push("when one of these no longer allows it: " + row.lines);
    const others = (byIdentity.get(row.identity) || 1) - 1;
    if (others > 0) said.push("other rows that lead to the same identity: " + others + ", which stay");
    said.push(row.ttl ? "a session that was given before stays valid for up to " + row.ttl : "a session that was given before stays valid until it ends");
    return said;
  }

  function details(row) {
    const made = element("dl");
    const add = (name, ...texts) => {
      const kept = texts.filter(Boolean);
      if (!kept.length) return;
      made.append(element("dt", "", name));
      made.append(element("dd", "", ...kept.flatMap((text, index) => index ? [document.createElement("br"), text] : [text])));
    };
    add("Who", row.who + row.when);
    add("Issuer", row.issuers === "*" ? "any" : row.issuers);
    add("In AWS", row.identity);
    add("Request", row.path);
    add("Way", row.via);
    add("Condition", row.condition);
    add("Declared at", row.file && row.file + ":" + row.line + (row.key ? " (" + row.key + ")" : ""), row.lines);
    if (data.usage && row.path) add("Last use", row.sessions ? row.used + ", sessions in the log: " + row.sessions : "not in the log");
    if (row.path) add("Lost", ...losses(row));
    return made;
  }

  function item(row, isOpen) {
    const cell = (label, ...content) => element("span", "", ...content);
    const summary = element("summary", "",
      cell("Who", row.who), cell("When", row.when.replace(/^, /, "") || row.condition),
      cell("In AWS", element("code", "", row.identity || "")), cell("Marks", ...marks(row)));
    const box = element("details", "", summary);
    const fill = () => { if (box.children.length < 2) box.append(details(row)); };
    box.addEventListener("toggle", fill);
    if (isOpen) { fill(); box.open = true; }
    return element("li", row.flags & UNKNOWN ? "unknown" : "", box);
  }

  const view = () => form.elements.view.value;
  const groupOf = (row) => {
    if (view() === "project") return isAny(row.projects) || !row.projects ? row.who : row.projects;
    if (view() === "account") return row.account || (row.flags & UNKNOWN ? "any account" : "no account");
    return null;
  };

  // What each group's heading says, by the group.
  let totals = new Map();

  function sumUp() {
    totals = new Map();
    for (const row of found) {
      const group = groupOf(row);
      const total = totals.get(group) || { rows: 0, open: 0, identities: new Set() };
      total.rows += 1;
      if (row.flags & UNPROTECTED) total.open += 1;
      total.identities.add(row.identity);
      totals.set(group, total);
    }
  }

  function heading(group) {
    const { rows, open, identities } = totals.get(group);
    const plural = (number, noun, several) => number + " " + (number === 1 ? noun : several);
    const facts = [plural(rows, "row", "rows"), plural(identities.size, "identity", "identities")];
    if (open) facts.push(open + " unprotected");
    return element("h2", "", group + " ", element("small", "", facts.join(", ")));
  }

  function showMore(upTo, isOpen) {
    let place = list.lastElementChild;
    for (const row of found.slice(shown, upTo)) {
      const group = groupOf(row);
      if (!place || group !== lastGroup) {
        if (group !== null) list.append(heading(group));
        place = element("ul");
        list.append(place);
        lastGroup = group;
      }
      place.append(item(row, isOpen));
    }
    shown = Math.min(upTo, found.length);
    more.hidden = shown >= found.length;
    more.textContent = "Show more (" + (found.length - shown) + " left)";
  }

  function draw() {
    const NS = "http://www.w3.org/2000/svg";
    const svg = (name, attributes, ...content) => {
      const made = document.createElementNS(NS, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      made.append(...content);
      return made;
    };
    const edges = found.filter((row) => row.identity);
    if (!edges.length || edges.length > MOST_EDGES) {
      list.append(element("p", "", edges.length
        ? "A diagram shows at most " + MOST_EDGES + " rows, and these are " + edges.length + ": filter for less."
        : "There is nothing to draw."));
      return;
    }
    const left = [...new Set(edges.map((row) => row.who + row.when))], right = [...new Set(edges.map((row) => row.identity))];
    const STEP = 34, WIDE = 430, GAP = 220, height = Math.max(left.length, right.length) * STEP + 10;
    const y = (index, all) => (index + .5) * height / all.length;
    const clip = (text) => text.length > 58 ? text.slice(0, 57) + "\u2026" : text;
    const picture = svg("svg", { width: 2 * WIDE + GAP, height, viewBox: `0 0 ${2 * WIDE + GAP} ${height}`, role: "img" },
      svg("title", {}, "Who reaches what, in " + edges.length + " rows"));
    for (const row of edges) {
      const from = y(left.indexOf(row.who + row.when), left), to = y(right.indexOf(row.identity), right);
      const kind = (row.flags & AFTER ? "after " : "") + (row.flags & UNPROTECTED ? "unprotected" : "");
      picture.append(svg("path", { class: kind, d: `M${WIDE} ${from} C${WIDE + GAP / 2} ${from} ${WIDE + GAP / 2} ${to} ${WIDE + GAP} ${to}` }));
    }
    const boxes = (all, x) => all.forEach((text, index) => picture.append(
      svg("rect", { x, y: y(index, all) - 13, width: WIDE, height: 26, rx: 4 }),
      svg("text", { x: x + 8, y: y(index, all) + 5 }, svg("title", {}, text), clip(text))));
    boxes(left, 1);
    boxes(right, WIDE + GAP - 1);
    const figure = element("div", "figure", picture);
    figure.tabIndex = 0;
    list.append(figure);
  }

  function clear() {
    list.replaceChildren();
    shown = 0;
    lastGroup = null;
    more.hidden = true;
  }

  function update() {
    const asked = wanted();
    found = rows.filter((row) => matches(row, asked));
    if (view() === "project" || view() === "account") {
      const keyed = found.map((row) => [groupOf(row), row]);
      keyed.sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
      found = keyed.map(([, row]) => row);
      sumUp();
    }
    clear();
    const isNarrowed = asked.fields.some(([name]) => name === "project" || name === "group");
    const any = isNarrowed ? found.filter((row) => isAny(row.ids)).length : 0;
    count.textContent = found.length + " of " + rows.length + " rows" + (any ? ", " + any + " of them about more than the projects asked for" : "");
    $("heads").hidden = view() === "diagram";
    if (view() === "diagram") draw(); else showMore(BATCH, false);
    const state = new URLSearchParams();
    for (const input of form.elements) {
      if (input.type === "checkbox" || input.type === "radio") {
        if (input.checked && input.value !== "list") state.set(input.name, input.value);
      } else if (input.name && input.value) state.set(input.name, input.value);
    }
    // A sandbox may forbid it, and the page works without.
    try { history.replaceState(null, "", "#" + state); } catch { /* no link to this selection */ }
  }

  function restore() {
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      const input = form.elements[name];
      if (!input) continue;
      if (input.type === "checkbox") input.checked = true;
      else input.value = value;
    }
  }

  function suggest(name, values) {
    const known = [...new Set(values)].filter((value) => value && !isAny(value)).sort().slice(0, 500);
    $(name + "s").append(...known.map((value) => { const option = element("option"); option.value = value; return option; }));
  }

  suggest("account", rows.map((row) => row.account));
  suggest("environment", rows.map((row) => row.environments));
  suggest("group", rows.flatMap((row) => row.groups));
  if (data.usage) form.elements.unused.parentElement.hidden = false;
  form.hidden = false;
  restore();
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  more.addEventListener("click", () => showMore(shown + BATCH, false));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      form.elements.search.focus();
    }
  });
  addEventListener("beforeprint", () => {
    if (view() === "diagram") return;
    clear();
    showMore(MOST_PRINTED, true);
    const rest = found.length - shown;
    if (rest > 0) list.append(element("p", "warn", "Not printed: " + rest + " more rows. Filter for less, or use --format csv."));
  });
  addEventListener("afterprint", update);
  update();
})();
