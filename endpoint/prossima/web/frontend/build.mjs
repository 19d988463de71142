// Builds what the pages load, with names that never change, from this folder's sources and the locked
// packages. Everything is served from here: a page asks nothing of any other site.
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { instance as graphviz } from "@viz-js/viz";
import { build, transform } from "esbuild";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const templates = join(here, "..", "templates");
const out = join(here, "..", "static");
const kit = join(here, "node_modules", "bootstrap-italia");
const target = ["chrome109", "firefox115", "safari16"];

const read = (...path) => readFile(join(...path), "utf-8");
const write = (name, text) => writeFile(join(out, name), text);

// ---- what the templates use of Bootstrap Italia ----

const pages = await Promise.all(
  (await readdir(templates)).filter((name) => name.endsWith(".html")).map((name) => read(templates, name)),
);
const markup = pages.join("\n");

/** Only tags, classes and attributes count as used: the words of a page must not keep a style alive. */
function used(html) {
  const attributes = [...html.matchAll(/\s([a-z-]+)="([^"]*)"/g)];
  const values = (name) => attributes.filter((a) => a[1] === name).flatMap((a) => a[2].split(/[\s'{}]+/));
  return {
    tags: ["html", "body", ...new Set([...html.matchAll(/<([a-z][a-z0-9]*)/g)].map((m) => m[1]))],
    classes: values("class"),
    ids: [],
    attributes: {
      names: [...new Set(attributes.map((a) => a[1])), "disabled", "hidden"],
      values: [...values("type"), "button", "-1"],
    },
    undetermined: [],
  };
}

async function kitStyles() {
  const [{ css }] = await new PurgeCSS().purge({
    content: [{ raw: markup, extension: "html" }],
    css: [{ raw: await read(kit, "dist", "css", "bootstrap-italia.min.css") }],
    extractors: [{ extensions: ["html"], extractor: used }],
    variables: true,
    fontFace: true,
    keyframes: true,
  });
  return css.replace(/^\uFEFF/, "");
}

// A cascade layer loses to styles outside layers, so ours need no tricks to win over the kit's.
async function styles(name, layered) {
  const css = `@layer kit{${layered}}\n${await read(here, "src", name)}`;
  await write(name, (await transform(css, { loader: "css", minify: true, target })).code);
}

// ---- icons: our own signs and the kit's that a template names ----

async function icons() {
  const borrowed = { external: "it-external-link", arrow: "it-arrow-right", check: "it-check", search: "it-search" };
  const sprite = await read(kit, "dist", "svg", "sprites.svg");
  const symbols = Object.entries(borrowed).map(([name, id]) => {
    const found = sprite.match(new RegExp(`<symbol id="${id}"[^]*?</symbol>`));
    if (!found) throw new Error(`Bootstrap Italia has no icon ${id}`);
    return found[0].replace(id, name);
  });
  const own = (await read(here, "src", "icons.svg")).replace(/<!--[^]*?-->/g, "").replace(/\n\s*/g, "");
  await write("icons.svg", own.replace("</svg>", `${symbols.join("")}</svg>`));
}

// ---- fonts: the weights the styles use, each with its licence ----

async function fonts() {
  const wanted = {
    "Titillium_Web/titillium-web-v10-latin-ext_latin": { regular: "titillium-400", italic: "titillium-400-italic", 600: "titillium-600" },
    "Lora/lora-v20-latin-ext_latin": { 700: "lora-700" },
    "Roboto_Mono/roboto-mono-v13-latin-ext_latin": { regular: "roboto-mono-400" },
  };
  const from = join(kit, "dist", "fonts");
  await mkdir(join(out, "fonts"));
  for (const [family, weights] of Object.entries(wanted)) {
    for (const [weight, name] of Object.entries(weights)) {
      await cp(join(from, `${family}-${weight}.woff2`), join(out, "fonts", `${name}.woff2`));
    }
  }
  for (const [folder, licence] of [["Titillium_Web", "OFL.txt"], ["Lora", "OFL.txt"], ["Roboto_Mono", "LICENSE.txt"]]) {
    await cp(join(from, folder, licence), join(out, "fonts", `${folder}-${licence}`));
  }
}

// ---- the query editor ----

// The editor carries a list of prefixes from all over the web. Ours come from the page, so it is left out.
const ownPrefixesOnly = {
  name: "own-prefixes-only",
  setup(bundle) {
    bundle.onLoad({ filter: /yasgui\.esm\.js$/ }, async ({ path }) => {
      const code = await read(path);
      const contents = code.replace(/, (?:\w+ = "[^"]*", )+prefixes_default = \{[^}]*\}/, ", prefixes_default = {}");
      if (contents === code) throw new Error("The editor no longer has the list of prefixes to leave out");
      return { contents, loader: "js" };
    });
  },
};

async function scripts() {
  const common = { bundle: true, minify: true, format: "iife", outdir: out, target, logLevel: "warning" };
  await build({ ...common, entryPoints: [join(here, "src", "site.js")] });
  await build({
    ...common,
    entryPoints: [join(here, "src", "query.js")],
    plugins: [ownPrefixesOnly],
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
  });
}

// ---- the diagrams of the ontology ----

/** Graphviz's drawing as a part of a page: titled, as wide as it is, with plain links and no tooltips. */
function inline(svg) {
  const [, width, height] = svg.match(/<svg width="(\d+)pt" height="(\d+)pt"/);
  const [, title, detail] = svg.match(/<title>([^<]*?) \| ([^<]*)<\/title>/);
  return svg
    .slice(svg.indexOf("<svg"))
    .replace(/<!--[^]*?-->\n?/g, "")
    .replace(/<title>[^<]*<\/title>\n?/g, "")
    .replace(/<svg width="\d+pt" height="\d+pt"([^>]*)>/, (_, rest) =>
      `<svg class="drawing" role="group" aria-labelledby="drawing-title" aria-describedby="drawing-detail" width="${width}" height="${height}"${rest}>` +
      `<title id="drawing-title">${title}</title><desc id="drawing-detail">${detail}</desc>`)
    .replace(/ xmlns:xlink="[^"]*"| xlink:title="[^"]*"| target="[^"]*"/g, "")
    .replace(/xlink:href=/g, "href=");
}

async function diagrams() {
  const { stdout } = await promisify(execFile)("python", ["-m", "prossima.web.diagrams"], { maxBuffer: 2 ** 26 });
  const viz = await graphviz();
  await mkdir(join(out, "diagrams"));
  for (const [name, dot] of Object.entries(JSON.parse(stdout))) {
    await write(join("diagrams", `${name}.svg`), inline(viz.renderString(dot, { format: "svg" })));
  }
}

// ---- the licences of what is served ----

async function licences() {
  const { packages } = JSON.parse(await read(here, "package-lock.json"));
  const served = new Set(["bootstrap-italia"]); // only its styles and icons: none of what it depends on
  const take = (name) => {
    if (served.has(name)) return;
    served.add(name);
    Object.keys(packages[`node_modules/${name}`].dependencies ?? {}).forEach(take);
  };
  take("@zazuko/yasgui");
  const parts = [...served].sort().map(async (name) => {
    const folder = join(here, "node_modules", name);
    const { version, license = "licence named in its sources" } = packages[`node_modules/${name}`];
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version}, ${license}\n\n${file ? (await read(folder, file)).trim() : ""}`;
  });
  await write("licences.txt", `${(await Promise.all(parts)).join(`\n\n${"-".repeat(72)}\n\n`)}\n`);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await Promise.all([
  styles("site.css", await kitStyles()),
  styles("query.css", await read(here, "node_modules", "@zazuko", "yasgui", "build", "yasgui.min.css")),
  icons(),
  fonts(),
  scripts(),
  diagrams(),
  licences(),
  cp(join(here, "src", "favicon.svg"), join(out, "favicon.svg")),
]);
