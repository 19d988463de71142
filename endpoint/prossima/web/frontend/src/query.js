// The query page: YASGUI's editor (Yasqe) and results (Yasr), set on this site's own endpoint and prefixes.
// Its tabs and endpoint chooser are left out: there is one endpoint, and the page is one form.
import Yasgui from "@zazuko/yasgui";

const { Yasqe, Yasr } = Yasgui;
const { endpoint, examples, prefixes, local, texts, lang } = JSON.parse(document.getElementById("query-data").textContent);
const find = (id) => document.getElementById(id);
const say = (key, values = {}) => Object.entries(values).reduce((s, [k, v]) => s.replace(`{${k}}`, v), texts[key]);
const create = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// ---- completion: our prefixes, and the terms the data itself declares; nothing is asked of other sites ----

let declared; // one query, sent the first time a term is completed
function terms() {
  const query = `PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
    SELECT DISTINCT ?term ?kind { { ?term a ?kind } UNION { GRAPH ?g { ?term a ?kind } }
    VALUES ?kind { owl:Class owl:ObjectProperty owl:DatatypeProperty rdf:Property } FILTER(isIRI(?term)) }`;
  const accept = { Accept: "application/sparql-results+json" };
  declared ??= fetch(endpoint, { method: "POST", headers: accept, body: new URLSearchParams({ query }) })
    .then((response) => response.json())
    .then((json) => json.results.bindings.map((row) => ({ iri: row.term.value, isClass: row.kind.value.endsWith("#Class") })))
    .catch(() => []);
  return declared;
}

const termsOf = (isClass) => async (_editor, token) => {
  const typed = token?.autocompletionString ?? "";
  const found = (await terms()).filter((term) => term.isClass === isClass && term.iri.startsWith(typed));
  return [...new Set(found.map((term) => term.iri))].sort();
};

Object.assign(Yasqe.Autocompleters.class, { get: termsOf(true) });
Object.assign(Yasqe.Autocompleters.property, { get: termsOf(false) });
Object.assign(Yasqe.Autocompleters.prefixes, {
  get: Object.entries(prefixes).map(([prefix, namespace]) => `${prefix}: <${namespace}>`).sort(),
  persistenceId: null,
});

// ---- results: a plain table in the page's language, readable on a phone ----

/** Where this site shows what an IRI names: the IRI itself need not lead here, when the site is a copy or at home. */
function address(iri) {
  const base = Object.keys(local).find((base) => iri.startsWith(base));
  if (base === undefined) return iri;
  const path = local[base] + iri.slice(base.length);
  return path.replace(/^\/\//, "/%2F").replaceAll("?", "%3F"); // a path of this server, as links.py writes it
}

function shortened(iri) {
  const [prefix, namespace] = Object.entries(prefixes).find(([, namespace]) => iri.startsWith(namespace)) ?? [];
  return prefix === undefined || iri === namespace ? address(iri) : `${prefix}:${iri.slice(namespace.length)}`;
}

function cell(binding) {
  if (!binding) return create("td");
  if (binding.type === "uri" && /^https?:/.test(binding.value)) {
    return create("td", {}, create("a", { href: address(binding.value), textContent: shortened(binding.value), title: binding.value }));
  }
  const language = binding["xml:lang"] ?? binding.lang;
  return create("td", { lang: language && language !== lang ? language : "", textContent: binding.value });
}

class Table {
  priority = 10;
  label = texts.table;
  constructor(yasr) {
    this.yasr = yasr;
  }
  canHandleResults() {
    return Boolean(this.yasr.results?.getVariables()?.length) || this.answered();
  }
  answered() {
    return typeof this.yasr.results?.getBoolean() === "boolean"; // what ASK asks
  }
  draw() {
    if (this.answered()) {
      const textContent = this.yasr.results.getBoolean() ? texts.true : texts.false;
      return this.yasr.resultsEl.replaceChildren(create("p", { className: "query-yes", textContent }));
    }
    const names = this.yasr.results.getVariables();
    const rows = this.yasr.results.getBindings() ?? [];
    if (!rows.length) return this.yasr.resultsEl.replaceChildren(create("p", { className: "empty", textContent: texts.empty }));
    const body = create("tbody");
    const head = create("tr", {}, ...names.map((name) => create("th", { scope: "col", textContent: name })));
    const table = create("table", { className: "table" }, create("thead", {}, head), body);
    const box = create("div", { className: "table-scroll", tabIndex: 0, role: "region" }, table);
    box.setAttribute("aria-labelledby", "query-results-title");
    const more = create("button", { className: "btn btn-outline-primary", type: "button", textContent: texts.more_rows });
    const fill = () => {
      const from = body.rows.length;
      const next = rows.slice(from, from + 200).map((row) => create("tr", {}, ...names.map((name) => cell(row[name]))));
      body.append(...next);
      more.hidden = body.rows.length >= rows.length;
    };
    more.addEventListener("click", fill);
    fill();
    this.yasr.resultsEl.replaceChildren(box, more);
  }
}

Yasr.registerPlugin("table", Table);
delete Yasr.defaults.plugins.boolean;

/** What went wrong, in the server's words: it sends problem details (RFC 9457). */
function problem(text) {
  try {
    const { title, detail } = JSON.parse(text);
    return [title, detail].filter(Boolean).join("\n");
  } catch {
    return text;
  }
}

// ---- the page ----

const form = find("query-form");
const text = find("query-text");
const run = find("query-run");
const results = find("query-results");
const status = find("query-status");

// A link may bring its query after the `#` (never sent to the server) or, as SPARQL has it, after the `?`.
const brought = () =>
  new URLSearchParams(location.hash.slice(1)).get("query") ?? new URLSearchParams(location.search).get("query");

Yasqe.defaults.autocompleters = ["prefixes", "variables", "class", "property"];
const editor = new Yasqe(find("query-editor"), {
  value: brought() ?? text.value,
  persistenceId: null,
  consumeShareLink: null,
  createShareableLink: null,
  showQueryButton: false,
  resizeable: false,
  editorHeight: null,
  viewportMargin: Infinity,
  extraKeys: { Tab: false, "Shift-Tab": false }, // Tab moves on, as everywhere else on the page
  requestConfig: { endpoint: new URL(endpoint, location).href, method: "POST", headers: {} },
});
editor.getInputField().setAttribute("aria-label", texts.editor);
editor.showNotification = () => {}; // its hints are in English; ours is written under the editor
text.hidden = true;
form.querySelector("label[for=query-text]").addEventListener("click", () => editor.focus());
for (const element of document.querySelectorAll(".query-examples, .query-keys, #query-run")) element.hidden = false;

let failure = null;
const answer = new Yasr(find("query-answer"), {
  persistenceId: null,
  prefixes,
  pluginOrder: ["table", "response"],
  errorRenderers: [
    async (error) => {
      const lost = failure instanceof TypeError; // that is how a browser says the server was not reached
      const said = lost ? create("p", { textContent: texts.unreachable }) : create("pre", { textContent: problem(error.text) });
      return create("div", { className: "query-error" }, said);
    },
  ],
});
answer.plugins.response.label = texts.response;
for (const button of answer.headerEl.querySelectorAll("button")) {
  const label = texts[button.className.match(/select_(\w+)/)?.[1]];
  if (!label) continue;
  button.title = label;
  button.setAttribute("aria-label", label);
  button.querySelector("span").textContent = label;
}

let running = null;
editor.on("query", (_editor, _request, abort) => {
  running = abort;
  run.textContent = texts.stop;
  results.hidden = false;
  status.textContent = texts.running;
});
editor.on("queryResponse", (_editor, response, duration) => {
  running = null;
  run.textContent = texts.run;
  if (response?.name === "AbortError") {
    status.textContent = texts.stopped;
    return;
  }
  failure = response instanceof Error ? response : null;
  answer.setResponse(response, duration);
  const seconds = (duration / 1000).toLocaleString(lang, { maximumFractionDigits: 2 });
  const rows = answer.results.getError() ? null : answer.results.getBindings();
  const number = rows?.length;
  if (answer.results.getError()) status.textContent = texts.failed;
  else if (number === undefined) status.textContent = say("done", { seconds });
  else status.textContent = say(number === 1 ? "rows.one" : "rows.many", { number: number.toLocaleString(lang), seconds });

  const title = find("query-results-title");
  if (title.getBoundingClientRect().top > innerHeight * 0.6) title.scrollIntoView(); // do not leave it below the screen
});

const start = () => (running ? running.abort() : editor.query().catch(() => {}));
run.addEventListener("click", start);
form.addEventListener("submit", () => (text.value = editor.getValue())); // the form still downloads, without the script
find("query-example")?.addEventListener("change", ({ target }) => {
  if (target.value === "") return;
  editor.setValue(examples[Number(target.value)]);
  start();
});
addEventListener("hashchange", () => brought() && editor.setValue(brought()));
