// Asks an endpoint with fetch-sparql-endpoint, unmodified. Arguments: the endpoint's URL, one of bindings, ask, triples
// and update, the text, and the fetcher's options as JSON. Prints the answer as JSON; an error as {"error": message}.
import { SparqlEndpointFetcher } from "fetch-sparql-endpoint";

const [endpoint, kind, text, options = "{}"] = process.argv.slice(2);
const fetcher = new SparqlEndpointFetcher(JSON.parse(options));

// A term as the JSON results format has it.
function term({ termType, value, language, datatype }) {
  if (termType === "NamedNode") return { type: "uri", value };
  if (termType === "BlankNode") return { type: "bnode", value };
  return language ? { type: "literal", value, "xml:lang": language } : { type: "literal", value, datatype: datatype.value };
}

const asked = {
  bindings: async () => {
    const rows = [];
    for await (const row of await fetcher.fetchBindings(endpoint, text))
      rows.push(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, term(value)])));
    return rows;
  },
  ask: () => fetcher.fetchAsk(endpoint, text),
  triples: async () => {
    const triples = [];
    for await (const { subject, predicate, object } of await fetcher.fetchTriples(endpoint, text))
      triples.push([subject, predicate, object].map(term));
    return triples;
  },
  update: async () => (await fetcher.fetchUpdate(endpoint, text)) ?? null,
};

try {
  console.log(JSON.stringify(await asked[kind]()));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
