"""What the commands share: options, settings, languages, progress, and kind ends for problems that are nobody's bug."""

from __future__ import annotations

import errno
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from prossima.language import LANGUAGES, Texts, of_terminal
from prossima.settings import Settings, settings_file

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Publish a district's community welfare as linked open data. Pubblica il welfare di comunità di un "
    "distretto come dati aperti collegati.",
)
texts = Texts(Path(__file__).parents[1] / "texts.toml")
# What people wrote is printed as it is: brackets are no markup.
out = Console(markup=False, emoji=False)
err = Console(stderr=True, markup=False, emoji=False)

Lang = Annotated[str, typer.Option("--lang", metavar="it|en", help="Language; by default that of the shell.")]
# A text, not a path, so that an empty one is seen to be empty.
Data = Annotated[str | None, typer.Option("--data", metavar="PATH", help="Folder that holds the releases.")]
Inputs = Annotated[
    list[Path], typer.Argument(help="District folders and RDF files (.nq .trig .ttl .nt .rdf .jsonld, .gz).")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.")]


def main() -> None:
    """Run the command line; a problem that is nobody's bug ends in one line and exit code 2."""
    from prossima.releases import PublicationError, ShelfError

    try:
        app()
    except PublicationError as error:
        key = f"publication.{error.key}"
        words = texts(_language(), key, **error.values) if key in texts.keys() else str(error)  # noqa: SIM118
    except ShelfError as error:
        words = texts(_language(), "publication.damaged", file=error.path)
    except OSError as error:
        key = f"system.{errno.errorcode.get(error.errno or 0)}"
        detail = texts(_language(), key) if key in texts.keys() else error.strerror or error  # noqa: SIM118
        words = texts(_language(), "settings.unusable", file=error.filename or "?", detail=detail)
    else:
        return
    err.print(words, style="red", highlight=False, soft_wrap=True)
    sys.exit(2)


def _language() -> str:
    """The language to speak where no command is at hand: asked for in the command line, set, or the shell's."""
    asked = re.search(r"(?<=--lang[ =])(it|en)\b", " ".join(sys.argv))
    if asked:
        return asked[0]
    try:
        return Settings(**{}).lang or of_terminal()
    except (OSError, ValueError):
        return of_terminal()


def started(lang: str, **flags: Any) -> tuple[str, Settings]:
    """The language to speak and the settings: flags, then the environment, then the file."""
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(" | ".join(LANGUAGES), param_hint="--lang")
    language = lang or of_terminal()
    file = settings_file()
    if os.environ.get("PROSSIMA_SETTINGS") and not file.is_file():
        err.print(texts(language, "settings.no_file", file=file), style="red", highlight=False)
        raise typer.Exit(2)
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        for found in error.errors():
            name = ".".join(str(part) for part in found["loc"])
            key = f"settings.why.{found['type']}"
            why = texts(language, key, **found.get("ctx", {})) if key in texts.keys() else found["msg"]  # noqa: SIM118
            err.print(texts(language, "settings.wrong", name=name, detail=why), style="red", highlight=False)
        raise typer.Exit(2) from None
    except UnicodeDecodeError:
        err.print(texts(language, "settings.encoding", file=file), style="red", highlight=False)
        raise typer.Exit(2) from None
    except tomllib.TOMLDecodeError as error:
        err.print(texts(language, "settings.malformed", file=file, detail=error), style="red", highlight=False)
        raise typer.Exit(2) from None
    return lang or settings.lang or language, settings


def make_folder(data: Path) -> None:
    """The folder of the releases, if it is not there. Raises OSError where none can be written in it: told here,
    where the language is known, and not by the process that publishes."""
    data.mkdir(parents=True, exist_ok=True)
    if not os.access(data, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(data))


class Steps:
    """Tells each step of a publication as it begins: on a terminal one line that changes, else nothing."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.terminal = err.is_terminal

    def __call__(self, step: str) -> None:
        if self.terminal:
            words = texts(self.language, f"step.{step}")
            end = "\r" if step == "switch" else ""
            sys.stderr.write(f"\r\x1b[2K{words} ..." + end)
            sys.stderr.flush()
            if step == "switch":
                sys.stderr.write("\x1b[2K")


@contextmanager
def progress(first: str) -> Iterator[Any]:
    with err.status(first + " ...") as status:
        yield lambda words: status.update(words + " ...")
