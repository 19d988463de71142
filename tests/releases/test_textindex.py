"""The text index: what is found first, and that an index brought up to date is as one made anew."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize
from tantivy import Document, Index, Query, SchemaBuilder

from prossima.releases import Release, Shelf, publish, rollback, textindex
from prossima.releases.textsearch import Found, search
from prossima.settings import Settings
from prossima.vocabulary import PREFIXES, RDF, ROOT
from tests.conftest import BOLOGNA, TORINO

ID = ROOT + "id/"
EX = "https://example.org/"
QUERIES = (
    "casa", "case", "quartiere", "città", "torino", "famiglie", "families", "laborotorio", "bibl", "mercato nuovo",
    '"mercato nuovo"', "nuova casa", "via roma", "the people", "spazio", "x", "zzz", "la", "osteria", "ciclofficina",
)  # fmt: skip


def thing(name: str, *texts: tuple[str, str, str]) -> list[Triple]:
    """A thing with texts, each (property, text, language)."""
    node = NamedNode(EX + name)
    said = [Triple(node, RDF("type"), NamedNode(EX + "Kind"))]
    for property_, text, language in texts:
        prefix, _, local = property_.partition(":")
        said.append(Triple(node, NamedNode(PREFIXES[prefix] + local), Literal(text, language=language)))
    return said


def indexed(folder: Path, *said: list[Triple]) -> Path:
    store = Store()
    dataset = Triple(NamedNode(EX), RDF("type"), NamedNode("http://www.w3.org/ns/dcat#Dataset"))
    store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in [dataset, *itertools.chain(*said)])
    textindex.build(store, folder / "text")
    return folder / "text"


def iris(found: Found) -> list[str]:
    return [hit.iri.removeprefix(EX).removeprefix(ID) for hit in found.hits]


# -- what is found ---------------------------------------------------------------------------------------------


def test_the_whole_word_comes_before_the_stem_the_beginning_and_the_misspelling(tmp_path: Path) -> None:
    text = indexed(
        tmp_path,
        thing("stem", ("skos:prefLabel", "Le famiglie", "it")),
        thing("whole", ("skos:prefLabel", "Una casa per ogni famiglia", "it")),
        thing("begins", ("skos:prefLabel", "Famigliarità", "it")),
        thing("described", ("skos:prefLabel", "Altro", "it"), ("dcterms:description", "Per la famiglia", "it")),
    )
    assert iris(search(text, "famiglia", "it")) == ["whole", "stem", "begins", "described"]
    misspelt = search(text, "fanmiglia", "it")
    assert set(iris(misspelt)) == {"whole", "stem", "described"}
    assert misspelt.asked.near == {"fanmiglia"}


def test_several_words_find_what_has_them_all_and_else_what_has_some(tmp_path: Path) -> None:
    text = indexed(
        tmp_path,
        thing("both", ("skos:prefLabel", "Orto", "it"), ("dcterms:description", "Con una scuola", "it")),
        thing("one", ("skos:prefLabel", "Orto", "it")),
    )
    found = search(text, "orto scuola", "it")
    assert (iris(found), found.some) == (["both"], False)
    found = search(text, "orto mercato scuola", "it")
    assert (iris(found), found.some) == (["both", "one"], True)


def test_a_phrase_asks_for_its_words_together(tmp_path: Path) -> None:
    text = indexed(
        tmp_path,
        thing("together", ("skos:prefLabel", "Il mercato nuovo", "it")),
        thing("apart", ("skos:prefLabel", "Nuovo spazio al mercato", "it")),
    )
    assert iris(search(text, '"mercato nuovo"', "it")) == ["together"]
    assert len(search(text, "mercato nuovo", "it").hits) == 2


def test_terms_come_after_things_of_districts(tmp_path: Path) -> None:
    concept = Triple(
        NamedNode(ROOT + "scheme/x/garden"), NamedNode(PREFIXES["skos"] + "prefLabel"), Literal("Giardino")
    )
    text = indexed(tmp_path, [concept], thing("hub", ("skos:prefLabel", "La festa dei giardini", "it")))
    assert iris(search(text, "giardino", "it")) == ["hub", ROOT + "scheme/x/garden"]


@pytest.mark.parametrize("language", ["it", "en"])
def test_both_languages_are_stemmed_whatever_the_page_speaks(language: str, tmp_path: Path) -> None:
    text = indexed(
        tmp_path,
        thing("it", ("skos:prefLabel", "Anziani", "it")),
        thing("en", ("skos:prefLabel", "Neighbourhoods", "en")),
    )
    assert iris(search(text, "anziana", language)) == ["it"]
    assert iris(search(text, "neighbourhood", language)) == ["en"]


@pytest.mark.parametrize(
    "odd",
    ["", " ", '"', '""', "*", "a:b", "AND OR NOT", "(", "\\", "+-!^~[]{}", "\0", "\ud800", "é" * 300, "x " * 200,
     "a" * 10_000, '"a b', "😀", "<script>", "%00", "l'"],
)  # fmt: skip
def test_no_input_is_an_error(odd: str, release: Release) -> None:
    assert release.text_path
    assert search(release.text_path, odd, "it").total >= 0


def test_a_search_is_narrowed_by_kind_and_district_and_tells_how_many_there_are_of_each(release: Release) -> None:
    assert release.text_path
    whole = search(release.text_path, "casa", "it", limit=100)
    assert whole.total == len(whole.hits)
    assert set(whole.districts) == {f"{ID}{name}/" for name in ("pavia", "torino", "bologna")}
    hubs = search(release.text_path, "casa", "it", kind="Hub", limit=100)
    assert hubs.total == whole.kinds["Hub"] == len([hit for hit in whole.hits if "Hub" in hit.kinds])
    assert hubs.kinds == whole.kinds
    both = search(release.text_path, "casa", "it", kind="Hub", district=f"{ID}torino/", limit=100)
    assert both.total == hubs.districts[f"{ID}torino/"]
    assert all(hit.iri.startswith(f"{ID}torino/hub/") for hit in both.hits)


def test_pages_follow_one_another(release: Release) -> None:
    assert release.text_path
    whole = iris(search(release.text_path, "pavia", "it", limit=60))
    parts = [iris(search(release.text_path, "pavia", "it", limit=20, offset=n)) for n in (0, 20, 40)]
    assert list(itertools.chain(*parts)) == whole
    assert len(set(whole)) == 60


# -- brought up to date ----------------------------------------------------------------------------------------


def current(settings: Settings) -> Release:
    release = Shelf(settings.data).current()
    assert release
    return release


def answers(folder: Path) -> dict[tuple[str, str], Found]:
    return {(q, lang): search(folder, q, lang, limit=1000) for q in QUERIES for lang in ("it", "en")}


def test_an_index_brought_up_to_date_is_as_one_made_anew(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "more.nt"
    owned = [
        Triple(NamedNode(f"{EX}1"), NamedNode(PREFIXES["locn"] + "address"), NamedNode(f"{EX}1/address")),
        Triple(NamedNode(f"{EX}1/address"), NamedNode(PREFIXES["locn"] + "fullAddress"), Literal("Via Roma 1")),
    ]
    casa, osteria = ("skos:prefLabel", "Nuova casa", "it"), ("skos:prefLabel", "Osteria", "it")
    histories = [
        thing("1", casa) + thing("2", osteria),
        thing("1", casa, ("skos:altLabel", "Ciclofficina", "it")) + thing("2", osteria) + owned,
        thing("1", osteria) + owned[:1],
        thing("2", ("dcterms:description", "Una casa", "it")),
    ]
    publish([TORINO], settings)
    for said in histories:
        file.write_bytes(serialize(said, format=RdfFormat.N_TRIPLES) or b"")
        assert publish([file], settings).release
        made = current(settings)
        textindex.build(made.store(), tmp_path / f"anew-{made.number}")
        assert made.text_path
        assert answers(made.text_path) == answers(tmp_path / f"anew-{made.number}")
    assert publish([BOLOGNA], settings).release == 6
    assert rollback(3, settings, reason="back").release == 7
    for number in range(2, 8):
        release = Shelf(settings.data).release(number)
        textindex.build(release.store(), tmp_path / f"again-{number}")
        assert release.text_path
        assert answers(release.text_path) == answers(tmp_path / f"again-{number}"), "none changed an earlier one"
    third = search(Shelf(settings.data).release(3).folder / "text", "ciclofficina via roma", "it")
    assert iris(third) == ["1"]


def test_a_release_shares_the_files_of_the_index_that_did_not_change(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "more.nt"
    publish([TORINO], settings)
    first = {path.stat().st_ino: path.read_bytes() for path in (current(settings).folder / "text").glob("*.store")}
    file.write_bytes(serialize(thing("1", ("skos:prefLabel", "Uno", "it")), format=RdfFormat.N_TRIPLES) or b"")
    publish([file], settings)
    second = {path.stat().st_ino for path in (current(settings).folder / "text").glob("*.store")}
    assert first.keys() < second


def test_a_release_without_an_index_is_forked_and_gets_one(settings: Settings, tmp_path: Path) -> None:

    publish([TORINO], settings)
    shutil.rmtree(current(settings).folder / "text")
    assert current(settings).text_path is None
    assert rollback(1, settings, reason="again").release == 2
    path = current(settings).text_path
    assert path
    assert search(path, "casa", "it").total


def test_an_index_of_another_form_is_made_anew(settings: Settings, tmp_path: Path) -> None:
    publish([TORINO], settings)
    folder = current(settings).folder / "text"
    (folder / "meta.json").write_text((folder / "meta.json").read_text().replace('"label_it"', '"label_la"'))
    assert textindex.opened(folder) is None
    with pytest.raises(FileNotFoundError):
        search(folder, "casa", "it")
    rollback(1, settings, reason="again")
    assert search(current(settings).folder / "text", "casa", "it").total


def test_a_raw_release_is_indexed_too(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "raw.nt"
    file.write_bytes(serialize(thing("1", ("skos:prefLabel", "Uno", "it")), format=RdfFormat.N_TRIPLES) or b"")
    publish([file], settings, raw=True)
    assert iris(search(current(settings).folder / "text", "uno", "it")) == ["1"]


def test_a_weight_multiplies_scores_as_the_index_takes_it(tmp_path: Path) -> None:
    """What `textindex` counts on, and tantivy does not promise."""
    tmp_path.joinpath("x").mkdir()
    made = SchemaBuilder().add_text_field("name", tokenizer_name="raw").add_float_field("weight", fast=True).build()
    index = Index(made, str(tmp_path))
    writer = index.writer(15_000_000, 1)
    for factor in (1, 1.5, 4):
        document = Document()
        document.add_text("iri", str(factor))
        document.add_text("name", "x")
        document.add_float("weight", 2**factor - 2)
        writer.add_document(document)
    writer.commit()
    index.reload()
    query = Query.const_score_query(Query.term_query(made, "name", "x"), 3.0)
    found = index.searcher().search(query, 10, weight_by_field="weight")
    assert [round(score, 4) for score, _ in found.hits] == [12.0, 4.5, 3.0]
