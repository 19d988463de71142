"""The merge: whatever was published before, a store says what its groups say now, as if they had just been loaded."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store, Triple

from prossima.releases import merge
from prossima.statements import Contribution, Evidence, Origin, Statement
from prossima.vocabulary import PR, RDF, RDFS, SCHEME, XSD

GROUPS = ("https://example.org/a/", "https://example.org/b/")
HUB, ROLE, PLACE, WIDER, ORG = (NamedNode(f"https://example.org/{name}") for name in ("h", "r", "p", "w", "o"))
WIDEST, PERIOD, SERVICE, OWN, INSIDE = (NamedNode(f"https://example.org/{name}") for name in ("v", "t", "s", "c", "i"))
POINT, FIRST, SECOND = (NamedNode(f"https://example.org/{name}") for name in ("d", "d1", "d2"))
# Facts on which rules hang, some of them what the rules themselves would say.
TRIPLES = (
    Triple(HUB, RDF("type"), PR("Hub")),
    Triple(ROLE, PR("target"), HUB),
    Triple(ROLE, PR("holder"), ORG),
    Triple(ROLE, PR("roleKind"), SCHEME("role-kind/manager")),
    Triple(HUB, PR("managedBy"), ORG),
    Triple(HUB, PR("usesPlace"), PLACE),
    Triple(PLACE, PR("within"), WIDER),
    Triple(HUB, PR("locatedIn"), WIDER),
    # A disagreement on where the place is: one rival stands for the place, and is not the one preferred.
    Triple(POINT, PR("resolution"), SCHEME("resolution/preferred")),
    Triple(POINT, PR("preferredRival"), FIRST),
    Triple(POINT, PR("rival"), SECOND),
    Triple(SECOND, PR("rivalValue"), PLACE),
    # A chain of places, the end of a role, a public body's service, a class of the district's own.
    Triple(WIDER, PR("within"), WIDEST),
    Triple(ROLE, PR("period"), PERIOD),
    Triple(PERIOD, PR("latest"), Literal("2020-12-31", datatype=XSD("date"))),
    Triple(SERVICE, RDF("type"), PR("Service")),
    Triple(SERVICE, PR("offeredBy"), ORG),
    Triple(ORG, RDF("type"), PR("Organisation")),
    Triple(ORG, PR("legalForm"), SCHEME("legal-form/municipality")),
    Triple(HUB, RDF("type"), OWN),
    Triple(OWN, RDFS("subClassOf"), PR("Hub")),
    Triple(PLACE, INSIDE, WIDER),
    Triple(INSIDE, RDFS("subPropertyOf"), PR("within")),
)
MANAGED = dict.fromkeys(TRIPLES[:4], "confirmed")
CONFIDENCES = ("confirmed", "single-source", "inferred")

said = st.dictionaries(st.sampled_from(TRIPLES), st.sampled_from(CONFIDENCES), min_size=1, max_size=14)
histories = st.lists(st.tuples(st.sampled_from(GROUPS), said), min_size=2, max_size=5)


def contribution(group: str, facts: dict[Triple, str]) -> Contribution:
    origin = Origin(f"{group}origin/table", group, "table")
    evidence = {c: Evidence(origin.iri, frozenset({f"{group}source"}), c) for c in CONFIDENCES}
    return Contribution([origin], [Statement(triple, evidence[c]) for triple, c in facts.items()])


def published(store: Store, said: Contribution) -> None:
    whole = not len(store)
    merge.infer(store, merge.load(store, said), whole)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
# Facts become readings of ours; a reading follows from facts all the same; a second group says and unsays.
@example([(GROUPS[0], MANAGED), (GROUPS[0], dict.fromkeys(MANAGED, "inferred"))])
@example([(GROUPS[0], MANAGED), (GROUPS[0], {**MANAGED, TRIPLES[4]: "inferred"})])
@example([(GROUPS[0], MANAGED), (GROUPS[1], {TRIPLES[4]: "confirmed"}), (GROUPS[1], {TRIPLES[6]: "confirmed"})])
def test_any_history_ends_where_a_fresh_load_of_its_end_does(history: list[tuple[str, dict[Triple, str]]]) -> None:
    store, fresh = Store(), Store()
    for group, facts in history:
        published(store, contribution(group, facts))
    end = Contribution()
    for group, facts in dict(history).items():
        end.extend(contribution(group, facts))
    published(fresh, end)
    assert set(store) == set(fresh)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_a_change_counts_what_it_changed(history: list[tuple[str, dict[Triple, str]]]) -> None:
    store = Store()
    for group, facts in history:
        before = set(store)
        change = merge.load(store, contribution(group, facts))
        merge.infer(store, change, whole=not before)
        assert (change.added, change.removed) == (set(store) - before, before - set(store))
