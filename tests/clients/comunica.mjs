// Asks with Comunica, unmodified. Arguments: its sources as JSON (URLs, or objects with type and value), the text, and
// the media type to write the answer in. Prints what Comunica's own serializer writes, the answer to an update as null,
// an error as {"error": message}.
import { QueryEngine } from "@comunica/query-sparql";

const [sources, text, media] = process.argv.slice(2);
const engine = new QueryEngine();

try {
  const answer = await engine.query(text, { sources: JSON.parse(sources) });
  if (answer.resultType === "void") {
    await answer.execute();
    console.log("null");
  } else {
    const { data } = await engine.resultToString(answer, media);
    // The whole, then printed: an error in its midst is not to stand after half an answer.
    let whole = "";
    for await (const piece of data) whole += piece;
    console.log(whole);
  }
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
