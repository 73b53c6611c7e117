"""What README and docs say is true: their examples run, their tables list what is there."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from copydesk.labels import NOISE_LABELS
from copydesk.schemas import PUBLISHED, QUARANTINE, Contract
from copydesk.settings import Settings, read_settings
from tests.gold import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if "copydesk" in line
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the project after `make run`."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    command = [str(Path(sys.executable).with_name("copydesk")), "run", "--raw", "seeds", "--data", "data"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.parametrize("code", PYTHON_BLOCKS, ids=lambda code: code.splitlines()[-1][:40])
def test_python_example_of_the_readme_runs(project: Path, code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_readme_runs(project: Path, command: str) -> None:
    done = subprocess.run(command, shell=True, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_readme_shows_what_cleaning_a_text_gives() -> None:
    (code,) = (code for code in PYTHON_BLOCKS if "copydesk.clean(" in code)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "Le port est fermé depuis lundi, a annoncé la mairie de la ville.",
        "[('share', 'Partager'), ('call_to_action', 'Abonnez-vous à notre newsletter')]",
    ]


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name
)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def list_rows(page: str, heading: str) -> list[tuple[str, str]]:
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0].partition("| noise label")[0]
    return re.findall(r"^\| (\w+) \| ([\w()]+) \|", section, re.MULTILINE)


@pytest.mark.parametrize("contract", [*PUBLISHED, QUARANTINE], ids=lambda contract: contract.name)
def test_table_is_documented_column_by_column(contract: Contract) -> None:
    types = {name: re.sub(r"\(time_unit.*\)", "", str(kind)) for name, kind in contract.columns.items()}
    documented = [row for row in list_rows(TABLES, contract.name) if row != ("column", "type")]
    assert documented == list(types.items())


def test_every_noise_label_is_documented() -> None:
    assert [label for label in NOISE_LABELS if f"| {label} |" not in TABLES] == []


def list_settings(group: Any, name: str) -> Iterator[tuple[str, str, Any]]:
    for setting in fields(group):
        value = getattr(group, setting.name)
        if is_dataclass(value):
            yield from list_settings(value, f"{name}.{setting.name}".removeprefix("."))
        else:
            yield name, setting.name, ", ".join(value) if isinstance(value, tuple) else value


def test_every_setting_is_documented() -> None:
    wanted = [f"| {group} | {name} | {value or 'none'} |" for group, name, value in list_settings(Settings(), "")]
    assert [row for row in wanted if row not in SETTINGS] == []


def test_example_of_a_settings_file_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)[0], encoding="utf-8")
    assert read_settings(tmp_path / "settings.toml") != Settings()
