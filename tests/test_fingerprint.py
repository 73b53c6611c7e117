"""What a document's rows depend on besides its source."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import copydesk
from copydesk.fingerprint import _OTHER_MODULES, _find_part, combine_parts, describe_pipeline, name_changes
from copydesk.settings import DatasetSettings, NoiseSettings, Settings


def test_setting_that_changes_is_named() -> None:
    former, current = (describe_pipeline(Settings(noise=NoiseSettings(mode=mode))) for mode in ("balanced", "strict"))
    assert name_changes(former, current) == ["noise.mode"]
    assert combine_parts(former) != combine_parts(current)


def test_how_the_dataset_follows_its_sources_decides_nothing_about_rows() -> None:
    kept = replace(Settings(), dataset=DatasetSettings(deletion="keep"))
    assert describe_pipeline(kept) == describe_pipeline(Settings())


def test_parts_are_the_same_in_another_process() -> None:
    code = (
        "from copydesk.fingerprint import *; from copydesk.settings import Settings\n"
        "print(combine_parts(describe_pipeline(Settings())))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == combine_parts(describe_pipeline(Settings()))


def test_modules_left_out_take_no_part_in_making_rows() -> None:
    code = (
        "import sys, copydesk.pipeline, copydesk.reading, copydesk.validate\n"
        "print(*(name for name in sys.modules if name.startswith('copydesk.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name.removeprefix("copydesk.") for name in loaded}.isdisjoint(_OTHER_MODULES)


def test_modules_left_out_are_there() -> None:
    there = {path.stem for path in Path(copydesk.__file__).parent.glob("*.py")}
    assert set(_OTHER_MODULES) <= there


def test_c_sources_are_code_and_what_is_compiled_from_them_is_nothing() -> None:
    assert _find_part(Path("kernels/trees.c")) == _find_part(Path("kernels/kernels.h")) == "code"
    assert _find_part(Path("kernels/kernels.so")) is None
