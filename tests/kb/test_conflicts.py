"""The twenty conflicts of the dossier, c1 to c20, each in the form its suggestion implies.

Pavia holds c1 to c12, Torino c13 to c20. "Held" is what stands in the default graph; "said" is what stands in
an evidence graph, held or not.
"""

from __future__ import annotations

import pytest
from pyoxigraph import QuerySolutions

from prossima.releases import Release
from prossima.vocabulary import PREFIXES, ROOT

PAVIA, TORINO = f"{ROOT}id/pavia/", f"{ROOT}id/torino/"


@pytest.fixture
def ask(release: Release):
    """Rows of a query as tuples of texts, IRIs without their base."""

    def rows(query: str) -> set[tuple[str | None, ...]]:
        found = release.store().query(query.replace("P:", PAVIA).replace("T:", TORINO), prefixes=PREFIXES)
        assert isinstance(found, QuerySolutions)
        return {tuple(short(term) for term in row) for row in found}

    return rows


def short(term: object) -> str | None:
    if term is None:
        return None
    text: str = term.value
    for base in (PAVIA, TORINO, ROOT + "scheme/"):
        text = text.removeprefix(base)
    return text


def disagreement(ask, name: str) -> tuple[str, str | None, int, set[str | None]]:
    """(resolution, preferred rival, how many rivals, their sources) of a disagreement."""
    iri = f"<{name}>"
    [(resolution, preferred)] = ask(
        f"SELECT ?r ?p WHERE {{ {iri} pr:resolution ?r OPTIONAL {{ {iri} pr:preferredRival ?p }} }}"
    )
    rivals = ask(f"SELECT ?rival ?source WHERE {{ {iri} pr:rival ?rival . ?rival prov:hadPrimarySource ?source }}")
    return resolution, preferred, len({rival for rival, _ in rivals}), {source for _, source in rivals}


def held_dates(ask, thing: str, property_: str) -> set[str]:
    return {edtf for (edtf,) in ask(f"SELECT ?d WHERE {{ <{thing}> pr:{property_}/pr:edtf ?d }}")}


def figures(ask, about: str, indicator: str) -> set[tuple[str, ...]]:
    """(value, qualifier, period) of the figures held for an indicator of a thing."""
    return ask(
        f"""SELECT ?v ?q ?d WHERE {{ ?f pr:about <{about}> ; pr:value ?v ; pr:qualifier ?q ;
        pr:indicator <{ROOT}scheme/indicator/{indicator}> OPTIONAL {{ ?f pr:period/pr:edtf ?d }} }}"""
    )


def test_c1_two_ends_both_hold(ask) -> None:
    resolution, _, rivals, sources = disagreement(ask, "P:disagreement/fbc-fine")
    assert (resolution, rivals, sources) == ("resolution/both-hold", 2, {"source/csp-fbc", "source/wp"})
    assert held_dates(ask, "P:project/fbc", "end") == {"2021-11-27", "2022-06"}


def test_c2_two_partners_stay_claims(ask) -> None:
    resolution, preferred, rivals, _ = disagreement(ask, "P:disagreement/fbc-altri-partner")
    assert (resolution, preferred, rivals) == ("resolution/claims-only", None, 2)
    query = """SELECT ?who WHERE { %s { ?role pr:target <P:project/fbc> ; pr:holder ?who ;
      pr:roleKind <https://w3id.org/prossima/scheme/role-kind/partner> } }"""
    held, said = ask(query % ""), ask(query % "GRAPH ?g")
    assert said - held == {("org/mondino",), ("org/fcpv",)}
    assert len(held) == 8


def test_c3_the_list_by_name_is_preferred(ask) -> None:
    resolution, preferred, rivals, sources = disagreement(ask, "P:disagreement/fbc-otto-partner")
    assert (resolution, preferred) == ("resolution/preferred", "rival/fbc-otto-con-comune")
    assert (rivals, sources) == (2, {"source/csv-sito", "source/csp-fbc"})


def test_c4_one_number_told_in_two_ways_is_one_confirmed_figure(ask) -> None:
    found = ask(
        """SELECT ?value ?confidence ?source WHERE { GRAPH ?g { ?f pr:value ?value } ?f pr:about <P:org/csp> ;
        pr:unit <https://w3id.org/prossima/scheme/unit/municipalities> .
        ?g pr:confidence ?confidence ; prov:hadPrimarySource ?source }"""
    )
    assert found == {
        ("12", "confidence/confirmed", "source/csp-home"),
        ("12", "confidence/confirmed", "source/terzjus"),
    }


def test_c5_both_values_as_printed_and_nothing_computed(ask) -> None:
    assert disagreement(ask, "P:disagreement/famiglie-con-minori")[0] == "resolution/unresolved"
    assert figures(ask, "P:place/distretto", "households-with-minors") == {("15000", "qualifier/as-printed", "2018")}
    assert figures(ask, "P:place/distretto", "households-with-minors-share") == {("20", "qualifier/as-printed", "2018")}


def test_c6_planned_and_achieved_opening(ask) -> None:
    assert held_dates(ask, "P:hub/spaziogioco", "plannedOpening") == {"2022-01"}
    assert held_dates(ask, "P:hub/spaziogioco", "opened") == {"2022-02-14"}


def test_c7_three_figures_of_three_indicators(ask) -> None:
    found = ask(
        """SELECT DISTINCT ?indicator ?value WHERE {
        ?f pr:about ?spaziogioco ; pr:indicator ?indicator ; pr:value ?value .
        VALUES ?spaziogioco { <P:group/spaziogioco> <P:hub/spaziogioco> } FILTER(?value IN (600, 1000)) }"""
    )
    assert sorted(value for _, value in found) == ["1000", "600", "600"]
    assert len({indicator for indicator, _ in found}) == 3


def test_c8_two_dates_unresolved(ask) -> None:
    resolution, _, rivals, sources = disagreement(ask, "P:disagreement/collegio-valla-data")
    assert (resolution, rivals, sources) == ("resolution/unresolved", 2, {"source/unipv-scala", "source/osa-scala"})
    assert held_dates(ask, "P:event/collegio-valla", "period") == {"2025-12-11", "2024-12-11"}


def test_c9_two_counts_unresolved(ask) -> None:
    resolution, _, rivals, sources = disagreement(ask, "P:disagreement/bif23-operatori")
    assert (resolution, rivals, sources) == ("resolution/unresolved", 2, {"source/pptv-bif23", "source/csv-bif23"})
    values = ask(
        """SELECT ?v ?q WHERE { <P:disagreement/bif23-operatori> pr:rival/pr:rivalValue ?f .
        ?f pr:value ?v ; pr:qualifier ?q }"""
    )
    assert values == {("160", "qualifier/exactly"), ("170", "qualifier/more-than")}


def test_c10_figures_of_different_years(ask) -> None:
    found = ask("SELECT ?v ?d WHERE { ?f pr:about <P:org/aldia> ; pr:value ?v ; pr:period/pr:edtf ?d }")
    assert found >= {("500", "2016"), ("11000", "2016"), ("3000", "2024"), ("18000", "2024")}


def test_c11_preferred_and_alternative_name_each_with_its_source(ask) -> None:
    query = 'SELECT ?source WHERE {{ GRAPH ?g {{ <P:org/fcpv> {} "{}"@it }} ?g prov:hadPrimarySource ?source }}'
    preferred = ask(query.format("skos:prefLabel", "Fondazione Comunitaria della Provincia di Pavia"))
    other = ask(query.format("skos:altLabel", "Fondazione della Comunità della Provincia di Pavia"))
    assert ("source/fcpv",) in preferred
    assert other == {("source/sole-conf",)}


def test_c12_the_name_on_the_projects_site_is_preferred(ask) -> None:
    resolution, preferred, rivals, _ = disagreement(ask, "P:disagreement/s2ole-nome")
    assert (resolution, preferred, rivals) == ("resolution/preferred", "rival/s2ole-sostenibilita", 2)
    [(name,)] = ask("SELECT ?n WHERE { <P:project/s2ole> skos:prefLabel ?n }")
    assert name == "S2O.L.E. (Sostenibilità, Solidarietà, Opere, Lavoro, Emancipazione)"


def test_c13_three_figures_unresolved(ask) -> None:
    resolution, _, rivals, _ = disagreement(ask, "T:disagreement/passaggi")
    assert (resolution, rivals) == ("resolution/unresolved", 3)
    values = ask("SELECT ?v WHERE { <T:disagreement/passaggi> pr:rival/pr:rivalValue/pr:value ?v }")
    assert values == {("580483",), ("508483",), ("580434",)}


def test_c14_the_foundations_share_is_preferred_and_the_other_only_said(ask) -> None:
    resolution, preferred, rivals, _ = disagreement(ask, "T:disagreement/quota-abitanti")
    assert (resolution, preferred, rivals) == ("resolution/preferred", "rival/quota-abitanti-368", 2)
    query = "SELECT ?v WHERE { <T:disagreement/quota-abitanti> pr:rival/pr:rivalValue ?f . %s { ?f pr:value ?v } }"
    assert ask(query % "") == {("36.8",)}
    assert ask(query % "GRAPH ?g") == {("36.8",), ("36.4",)}


def test_c15_the_opening_of_2010_is_preferred_and_2007_only_said(ask) -> None:
    resolution, preferred, rivals, _ = disagreement(ask, "T:disagreement/san-salvario-apertura")
    assert (resolution, preferred, rivals) == ("resolution/preferred", "rival/san-salvario-2010", 2)
    assert held_dates(ask, "T:hub/san-salvario", "opened") == {"2010-09"}
    said = ask("SELECT ?d WHERE { GRAPH ?g { <T:hub/san-salvario> pr:opened ?o . ?o pr:edtf ?d } }")
    said |= ask("SELECT ?d WHERE { GRAPH ?g { <T:hub/san-salvario> pr:opened ?o } GRAPH ?h { ?o pr:edtf ?d } }")
    assert said == {("2010-09",), ("2007",)}


def test_c16_two_dated_figures(ask) -> None:
    found = ask(
        """SELECT ?v ?d WHERE { ?f pr:value ?v ; pr:unit ?u FILTER(?v IN (27, 23)) FILTER(STRSTARTS(STR(?f), "T:"))
        OPTIONAL { ?f pr:period/pr:edtf ?d } }"""
    )
    assert {value for value, _ in found} == {"27", "23"}
    assert ("23", "2013") in found
    assert not ask('SELECT ?d WHERE { ?d a pr:Disagreement FILTER(CONTAINS(STR(?d), "membri")) }')


def test_c17_the_networks_address_and_the_baths_entrance(ask) -> None:
    found = ask(
        """SELECT ?address ?source WHERE { <T:hub/barrito> pr:usesPlace ?place . ?place locn:address ?node .
        GRAPH ?g { ?node locn:fullAddress ?address } ?g prov:hadPrimarySource ?source }"""
    )
    by_source = {source: address for address, source in found}
    assert by_source["source/t-rete"].casefold() == "via tepice 23"
    assert by_source["source/t-barrd"].casefold() == "via cherasco 10"


def test_c18_dated_membership_and_two_dated_counts(ask) -> None:
    members = ask(
        """SELECT ?hub ?d WHERE { ?r pr:target <T:network/case-del-quartiere> ; pr:holder ?hub ;
        pr:roleKind <https://w3id.org/prossima/scheme/role-kind/member> ; (pr:period|pr:attested)/pr:edtf ?d }"""
    )
    dated = dict(members)
    assert len(dated) == 9
    assert dated["hub/bossoli"] != dated["hub/roccafranca"]
    counts = figures(ask, "T:network/case-del-quartiere", "hubs-in-network")
    assert {value for value, _, _ in counts} == {"8", "9"}
    assert len({period for _, _, period in counts}) == 2


def test_c19_the_name_in_use_is_an_alternative(ask) -> None:
    assert ask("SELECT ?n WHERE { <T:hub/vallette> skos:prefLabel ?n }") == {("Casa di Quartiere Vallette",)}
    assert ("Officine CAOS",) in ask("SELECT ?n WHERE { <T:hub/vallette> skos:altLabel ?n }")


def test_c20_the_building_of_2010_and_the_house_of_2011(ask) -> None:
    assert held_dates(ask, "T:hub/parco", "opened") == {"2011"}
    assert ask("SELECT ?d WHERE { <T:hub/parco> pr:usesPlace/pr:built/pr:edtf ?d }") == {("2010",)}
