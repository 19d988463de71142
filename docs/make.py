"""Redo what the documentation shows of the running thing: the pictures of README, the table of settings, and
which question covers which term of the ontology.

`make docs` runs it: it publishes `kb/` in a temporary folder, serves it on loopback and photographs it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.conftest import BOLOGNA, PAVIA, TORINO, serving  # noqa: E402
from tests.questions import coverage  # noqa: E402

from prossima.releases import publish  # noqa: E402
from prossima.settings import Settings  # noqa: E402

PICTURES = {"landing": ("", 1280, 900), "hub": ("id/pavia/hub/torretta", 1280, 1000)}


def settings_table() -> str:
    """`docs/settings.md`: every setting with its default and help."""
    lines = [
        "# Settings",
        "",
        "A flag wins over `PROSSIMA_<NAME>` in the environment, which wins over `prossima.toml` in the working folder "
        "(`PROSSIMA_SETTINGS` names another file).",
        "",
        "| setting | default | what it does |",
        "|---|---|---|",
    ]
    defaults = {"lang": "that of the shell", "workers": "the machine's processors, at least 2"}
    for name, field in Settings.model_fields.items():
        default = defaults.get(name, f"`{field.default}`")
        lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def pictures(browser: str) -> None:
    """The pictures of the README, at twice the density."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        publish([PAVIA, TORINO, BOLOGNA], settings)
        with serving(settings) as served, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            for name, (path, width, height) in PICTURES.items():
                context = chromium.new_context(viewport={"width": width, "height": height}, locale="it-IT")
                page = context.new_page()
                page.goto(served.url + path, wait_until="networkidle")
                page.screenshot(path=HERE / "images" / f"{name}.png")
            chromium.close()


if __name__ == "__main__":
    (HERE / "settings.md").write_text(settings_table(), encoding="utf-8")
    coverage.main()
    if chromium := shutil.which("chromium"):
        pictures(chromium)
    else:
        print("No Chromium here: the pictures stay as they are.")
