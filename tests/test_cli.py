"""The commands as a steward types them: real processes, their output, their exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from prossima.settings import Settings
from tests.conftest import PAVIA, TORINO


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PROSSIMA_", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "prossima", *map(str, arguments)],
        env={**clean, "LANG": "en_GB.UTF-8", "COLUMNS": "200", **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """Pavia with one unknown concept."""
    folder = Path(shutil.copytree(PAVIA, tmp_path / "pavia"))
    hubs = folder / "tables" / "hubs.csv"
    hubs.write_text(hubs.read_text(encoding="utf-8").replace(",playroom,", ",plairoom,", 1), encoding="utf-8")
    return folder


def test_validate_is_content_with_pavia() -> None:
    done = run("validate", PAVIA)
    assert done.returncode == 0, done.stdout
    assert "Ready to publish" in done.stdout


def test_validate_agrees_with_itself_on_the_reference_engine() -> None:
    done = run("validate", PAVIA, "--engine", "reference")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("language", "row", "message", "remedy"),
    [
        ("it", "riga", "non è una voce dello schema hub-kind", "Forse «playroom»?"),
        ("en", "row", "is not a concept of the scheme hub-kind", 'Perhaps "playroom"?'),
    ],
)
def test_validate_says_where_what_and_how_to_mend(
    language: str, row: str, message: str, remedy: str, spoiled: Path
) -> None:
    done = run("validate", spoiled, "--lang", language)
    assert done.returncode == 1
    for words in ("hubs.csv", row, "kind", message, remedy):
        assert words in done.stdout


def test_the_shells_language_is_spoken(spoiled: Path) -> None:
    assert "riga" in run("validate", spoiled, LANG="it_IT.UTF-8").stdout


def test_validate_of_what_cannot_be_read_exits_with_2(tmp_path: Path) -> None:
    done = run("validate", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stdout


def test_warnings_alone_exit_with_0(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PAVIA, tmp_path / "pavia"))
    services = folder / "tables" / "services.csv"
    services.write_text(
        services.read_text(encoding="utf-8").replace(",Gruppo di lettura,Reading group,", ",Gruppo di lettura,,", 1),
        encoding="utf-8",
    )
    done = run("validate", folder)
    assert done.returncode == 0, done.stdout
    assert "1 warning" in done.stdout


def test_the_life_of_a_knowledge_base(tmp_path: Path) -> None:
    data = tmp_path / "data"
    torino = Path(shutil.copytree(TORINO, tmp_path / "torino"))
    assert "No release yet" in run("history", "--data", data).stdout
    assert run("ask", "CQ01", "--data", data).returncode == 2

    dry = run("publish", torino, "--data", data, "--dry-run")
    assert dry.returncode == 0
    assert "Nothing was published" in dry.stdout
    first = run("publish", torino, "--data", data, "--reason", "the first")
    assert (first.returncode, "Published release 1" in first.stdout) == (0, True), first.stderr
    again = run("publish", torino, "--data", data)
    assert (again.returncode, "Nothing changed: release 1 stays" in again.stdout) == (0, True)

    sources = torino / "tables" / "sources.csv"
    sources.write_text(sources.read_text(encoding="utf-8") + "source/new,Nuova fonte,,,,,,,\n", encoding="utf-8")
    assert "Published release 2" in run("publish", torino, "--data", data, "--reason", "one source more").stdout
    back = run("rollback", "1", "--data", data, "--reason", "it was right")
    assert (back.returncode, "Published release 3" in back.stdout) == (0, True)

    history = run("history", "--data", data).stdout
    for words in ("the first", "one source more", "it was right", "rollback to 1"):
        assert words in history


def test_a_refused_publication_says_why_and_changes_nothing(spoiled: Path, published: Settings) -> None:
    done = run("publish", spoiled, "--data", published.data)
    assert done.returncode == 1
    assert "plairoom" in done.stderr
    assert "Not published" in done.stderr


def test_publishing_and_its_history_speak_italian_and_print_what_was_written(tmp_path: Path) -> None:
    """Brackets in a reason are text, not markup."""
    file, data = tmp_path / "a.nt", ("--data", tmp_path / "data", "--lang", "it")
    file.write_text('<http://example.org/a> <http://example.org/b> "c" .\n', encoding="utf-8")
    assert "Ancora nessuna versione in" in run("history", *data).stdout
    dry = run("publish", file, "--dry-run", *data).stdout
    assert dry.startswith("Che cosa cambierebbe, cosa per cosa")
    assert "Prova: la pubblicazione aggiungerebbe " in dry
    assert dry.endswith("Nulla è stato pubblicato.\n")
    done = run("publish", file, "--reason", "[/b] prima [fix] :smile:", *data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Pubblicata la versione 1: ")
    assert run("publish", file, *data).stdout == "Nulla è cambiato: resta la versione 1.\n"
    assert run("rollback", "1", *data).stdout.startswith("Pubblicata la versione 2: ")
    header, first, second = run("history", *data).stdout.splitlines()
    assert header.split() == ["versione", "data", "(UTC)", "come", "quadruple", "cambiate", "motivo"]
    assert first.rstrip().endswith("[/b] prima [fix] :smile:")
    assert "ritorno alla 1" in second


def test_a_refused_publication_says_so_in_italian(tmp_path: Path) -> None:
    done = run("publish", tmp_path / "nowhere", "--data", tmp_path / "data", "--lang", "it")
    assert (done.returncode, done.stdout) == (2, "")
    assert "non esiste." in done.stderr
    assert "Da correggere prima di pubblicare: 1 file o tabella illeggibile." in done.stderr
    assert "Non pubblicato: resta attuale ciò che era." in done.stderr


def test_an_engine_and_a_language_that_are_not_there_are_refused() -> None:
    assert run("validate", PAVIA, "--engine", "quick").returncode == 2
    assert run("history", "--lang", "fr").returncode == 2


def test_a_rollback_to_no_release_says_which_there_are(published: Settings) -> None:
    done = run("rollback", "9", "--data", published.data)
    assert done.returncode == 2
    assert "Release 9 is not on the shelf; there: 1" in done.stderr


def test_ask_lists_the_questions(published: Settings) -> None:
    listed = run("ask", "--data", published.data, "--lang", "it").stdout
    assert "CQ02  Quali orari hanno gli spazi del distretto?" in listed


def test_ask_prints_a_table_with_what_is_not_known(published: Settings) -> None:
    done = run("ask", "cq02", "--data", published.data, "--lang", "it")
    assert done.returncode == 0
    assert "tutti i giorni 9-12 e 16-19" in done.stdout
    assert "non noto; cercato in:" in done.stdout


def test_ask_takes_parameters(published: Settings) -> None:
    done = run("ask", "CQ32", "--set", "date=2022-03-15", "--data", published.data)
    assert "Social Bistrot - Il Naviglio" in done.stdout
    wrong = run("ask", "CQ32", "--set", "date=soon", "--data", published.data)
    assert (wrong.returncode, "is no date" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("format_", ["csv", "tsv", "json", "xml"])
def test_ask_answers_in_the_formats_of_machines(format_: str, published: Settings) -> None:
    done = run("ask", "CQ13", "--format", format_, "--data", published.data)
    assert done.returncode == 0
    assert "place/018030" in done.stdout
    if format_ == "json":
        assert len(json.loads(done.stdout)["results"]["bindings"]) == 10


def test_an_unknown_question_suggests_the_nearest(published: Settings) -> None:
    assert run("ask", "cq1", "--data", published.data).returncode == 0, "CQ1 is short for CQ01"
    done = run("ask", "CQ91", "--data", published.data)
    assert done.returncode == 2
    assert 'No question is called "CQ91"' in done.stderr
    assert "Perhaps" in done.stderr


def test_a_question_that_cannot_be_answered_says_why_in_italian(published: Settings, tmp_path: Path) -> None:
    data = ("--data", published.data, "--lang", "it")
    for arguments, said in (
        (("CQ91", *data), "Nessuna domanda si chiama «CQ91». Forse «CQ"),
        (("[/b]", *data), "Nessuna domanda si chiama «[/b]». Elenco: prossima ask"),
        (
            ("CQ32", "--set", "date=31/12", *data),
            "«31/12» non è una data (AAAA-MM-GG). Parametri di questa domanda: date",
        ),
        (("CQ32", "--set", "day=1", *data), "Il parametro day non si può usare: questa domanda non lo ha."),
        (("CQ01", "--format", "pdf", *data), "table | csv | tsv | json | xml"),
        (("CQ01", "--data", tmp_path, "--lang", "it"), "Non c'è ancora una versione pubblicata in"),
    ):
        done = run("ask", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "prossima.toml").write_text(f'data = "{tmp_path / "file"}"\n', encoding="utf-8")
    by_file = run("history", cwd=tmp_path).stdout
    by_environment = run("history", cwd=tmp_path, PROSSIMA_DATA=str(tmp_path / "environment")).stdout
    by_flag = run(
        "history", "--data", tmp_path / "flag", cwd=tmp_path, PROSSIMA_DATA=str(tmp_path / "environment")
    ).stdout
    plain = [text.replace("\n", "") for text in (by_file, by_environment, by_flag)]
    assert [
        str(tmp_path / name) in text for name, text in zip(("file", "environment", "flag"), plain, strict=True)
    ] == [True] * 3


def test_the_language_is_a_setting_too(tmp_path: Path) -> None:
    (tmp_path / "prossima.toml").write_text('lang = "it"\n', encoding="utf-8")
    assert "Ancora nessuna" in run("history", cwd=tmp_path).stdout
    assert "No release" in run("history", cwd=tmp_path, PROSSIMA_LANG="en").stdout
    assert "No release" in run("history", "--lang", "en", cwd=tmp_path).stdout


def test_each_flag_of_serve_is_a_setting() -> None:
    flags = re.findall(r"--([a-z-]+)", run("serve", "--help").stdout)
    assert {flag.replace("-", "_") for flag in flags} - {"help", "scratch"} <= set(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "value", "language", "said"),
    [
        ("PORT", "many", "it", "Impostazione non valida, port: serve un numero intero."),
        ("PORT", "70000", "it", "Impostazione non valida, port: serve un numero fino a 65535."),
        ("WORKERS", "0", "en", "Invalid setting, workers: a number from 1 up is needed."),
        ("TIME_LIMIT", "-1", "it", "Impostazione non valida, time_limit: serve un numero maggiore di 0"),
        ("TIME_LIMIT", "long", "en", "Invalid setting, time_limit: a number is needed."),
        ("LANG", "fr", "it", "Impostazione non valida, lang: serve it oppure en."),
    ],
)
def test_an_invalid_setting_is_named_with_the_reason(name: str, value: str, language: str, said: str) -> None:
    done = run("history", "--lang", language, **{f"PROSSIMA_{name}": value})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_an_invalid_flag_is_refused_like_any_setting() -> None:
    done = run("serve", "--port", "70000")
    assert (done.returncode, done.stderr.strip()) == (2, "Invalid setting, port: a number up to 65535 is needed.")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("prot = 1", "Impostazione non valida, prot: non c'è un'impostazione con questo nome."),
        ("port = ", "prossima.toml non è scritto in TOML corretto: "),
    ],
)
def test_a_settings_file_that_cannot_be_used_says_why(file: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "prossima.toml").write_text(file, encoding="utf-8")
    done = run("history", "--lang", "it", cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_the_settings_file_may_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f'data = "{tmp_path / "there"}"', encoding="utf-8")
    assert "there" in run("history", PROSSIMA_SETTINGS=str(tmp_path / "mine.toml")).stdout.replace("\n", "")


def test_a_taken_port_is_said_with_what_to_do(published: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", str(taken.getsockname()[1]), "--data", published.data)
    assert done.returncode == 2
    assert "is in use" in done.stderr
    assert "--port 0" in done.stderr


def test_a_taken_port_is_said_in_italian_too(published: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--data", published.data, "--lang", "it")
    said = f"La porta {port} di 127.0.0.1 è già in uso. Sceglierne un'altra con --port, oppure --port 0 per una libera."
    assert (done.returncode, done.stderr.strip()) == (2, said)


def test_help_is_there_for_every_command() -> None:
    listed = run("--help").stdout
    for command in ("validate", "publish", "history", "rollback", "ask", "serve"):
        assert command in listed
        assert run(command, "--help").returncode == 0


def test_a_dry_run_prints_the_report_and_what_would_change(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    run("publish", PAVIA, *data)
    folder = Path(shutil.copytree(PAVIA, tmp_path / "pavia"))
    figures = folder / "tables" / "figures.csv"
    text = figures.read_text(encoding="utf-8").replace(",600,minors,", ",601,minors,")
    figures.write_text(text, encoding="utf-8")
    services = folder / "tables" / "services.csv"
    services.write_text(services.read_text(encoding="utf-8").replace(",Reading group,", ",,"), encoding="utf-8")
    dry = run("publish", folder, "--dry-run", *data)
    assert "What would change, thing by thing" in dry.stdout
    assert "figure/fbc-minors" in dry.stdout
    assert "warning" in dry.stderr
    assert "services.csv" in dry.stderr


@pytest.mark.parametrize("command", [("history",), ("ask", "CQ01"), ("publish", PAVIA), ("rollback", "7"), ("serve",)])
@pytest.mark.parametrize(("language", "said"), [("it", "rovinato"), ("en", "damaged")])
def test_a_damaged_shelf_is_one_sentence(command: tuple[str, ...], language: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "current").write_text("two", encoding="ascii")
    done = run(*command, "--data", tmp_path, "--lang", language)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


COMMANDS = [("history",), ("ask", "CQ01"), ("publish", PAVIA, "--dry-run"), ("rollback", "1"), ("serve", "--port", "0")]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("language", "said"), [("it", "Controllare il percorso (--data)"), ("en", "Check the path")])
def test_a_data_folder_that_is_a_file_is_one_sentence(
    command: tuple[str, ...], language: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("", encoding="ascii")
    done = run(*command, "--data", tmp_path / "data", "--lang", language)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert str(tmp_path / "data") in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("command", [("publish", PAVIA), ("rollback", "1")])
def test_a_data_folder_that_cannot_be_made_is_one_sentence(command: tuple[str, ...]) -> None:
    done = run(*command, "--data", "/proc/prossima", "--lang", "it")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Non si può usare /proc/prossima: "), done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_a_damaged_store_is_one_sentence(command: tuple[str, ...], published: Settings, tmp_path: Path) -> None:
    data = Path(shutil.copytree(published.data, tmp_path / "data"))
    (data / "releases" / "000001" / "store" / "CURRENT").unlink()
    done = run(*command, "--data", data, "--lang", "it")
    assert (done.returncode, done.stdout) == (2, "")
    assert "manca o è rovinato" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("command", [("publish", PAVIA), ("history",), ("serve",)])
def test_an_empty_folder_or_address_is_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*command, "--data", "", "--lang", "it", cwd=tmp_path)
    said = "Impostazione non valida, data: serve un valore, non un testo vuoto."
    assert (done.returncode, done.stderr.strip()) == (2, said)
    assert list(tmp_path.iterdir()) == []


def test_a_publication_tells_its_warnings_and_not_that_it_could_be_done(tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text("@prefix x: <http://example.org/> .\n", encoding="utf-8")
    done = run("publish", file, "--data", tmp_path / "data", "--lang", "it")
    assert (done.returncode, done.stdout.startswith("Pubblicata la versione 1: ")) == (0, True)
    assert "Il file RDF non contiene nessuna affermazione." in done.stderr
    assert done.stderr.splitlines()[-1].strip() == "1 avviso."


def test_errors_of_a_publication_speak_the_language_asked_for(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    run("publish", PAVIA, *data)
    assert "La versione 7 non c'è. Ci sono: 1." in run("rollback", "7", "--lang", "it", *data).stderr
    assert "Release 7 is not on the shelf; there: 1." in run("rollback", "7", "--lang", "en", *data).stderr
    twice = run("publish", PAVIA, Path(shutil.copytree(PAVIA, tmp_path / "copy")), "--lang", "it", *data).stderr
    assert "parlano per lo stesso distretto" in twice.replace("\n", " ")


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no-such-host.invalid", "è un indirizzo"),
        ("192.0.2.1", "è un indirizzo"),
        ("a" * 70, "è un indirizzo"),
        ("2001:db8::1", "è un indirizzo"),
    ],
)
def test_a_host_that_is_not_ours_is_said(host: str, said: str, published: Settings) -> None:
    done = run("serve", "--host", host, "--port", "0", "--data", published.data, "--lang", "it")
    assert done.returncode == 2
    assert said in done.stderr


def test_a_settings_file_that_is_not_there_and_an_empty_host_are_said(tmp_path: Path) -> None:
    assert "non c'è" in run("history", "--lang", "it", PROSSIMA_SETTINGS=str(tmp_path / "none.toml")).stderr
    assert "non c'è" in run("history", "--lang", "it", PROSSIMA_SETTINGS=str(tmp_path)).stderr
    assert "serve un valore" in run("serve", "--host", "", "--lang", "it").stderr


def test_a_settings_file_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "prossima.toml").write_bytes('lang = "it"\n'.encode("utf-16"))
    done = run("history", "--lang", "it", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip() == "prossima.toml non è in UTF-8: salvarlo di nuovo in UTF-8."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every port")
def test_a_port_of_the_system_is_said_to_be_one(published: Settings) -> None:
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii")) <= 80:
        pytest.skip("every port is free to use here")
    done = run("serve", "--port", "80", "--data", published.data)
    assert (done.returncode, "choose one from 1024 up" in done.stderr) == (2, True)


def test_nothing_but_the_report_is_printed_of_literals_that_are_no_value(tmp_path: Path) -> None:
    file = tmp_path / "a.nt"
    file.write_text('<x:a> <x:b> "abc"^^<http://www.w3.org/2001/XMLSchema#integer> .\n', encoding="utf-8")
    done = run("validate", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"abc" is no value of the datatype xsd:integer.' in done.stdout


def test_a_report_of_thousands_is_cut_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.nt"
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/prossima/ontology#Hub>"
    file.write_text("".join(f"<http://example.org/{n}> {kind} .\n" for n in range(3000)), encoding="utf-8")
    done = run("validate", file, "--lang", "it")
    assert done.returncode == 1
    assert "... e altri 8800" in done.stdout
    assert "9000 errori" in done.stdout
