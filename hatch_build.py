"""Compiles `copydesk/kernels/*.c` into one library beside them, before a wheel or an editable install is made."""

import os
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNELS = Path(__file__).parent / "copydesk" / "kernels"
# Results must be the same on every machine: no instructions that only some have, and no liberties with floats.
FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-shared", "-fPIC")
COMPILERS = ("cc", "gcc", "clang")


class CompileKernels(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling calls this when it builds."""

    def dependencies(self) -> list[str]:
        """Ask for a compiler from the package index where the system has none."""
        return [] if find_compiler() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile, and tell hatchling that the wheel is for this kind of machine."""
        library = compile_kernels(find_compiler() or [sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline"])
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"].append(library.relative_to(self.root).as_posix())


def find_compiler() -> list[str] | None:
    """Return the command that compiles C: the variable CC, else what the system has."""
    named = shlex.split(os.environ.get("CC", ""))
    candidates = [named] if named else [[name] for name in COMPILERS]
    return next((command for command in candidates if shutil.which(command[0])), None)


def compile_kernels(compiler: list[str]) -> Path:
    """Compile all sources into one library, put in place at once, and return where it is."""
    sources = runpy.run_path(str(KERNELS / "sources.py"))
    library = KERNELS / sources["LIBRARY"]
    unfinished = library.with_suffix(f".{os.getpid()}.tmp")
    digest = f'-DKERNELS_SOURCES="{sources["digest_sources"]()}"'
    files = [str(path) for path in sources["list_sources"]() if path.suffix == ".c"]
    command = [*compiler, *FLAGS, digest, *files, "-o", str(unfinished)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(explain_failure(command, done.stderr))
        unfinished.replace(library)
    finally:
        unfinished.unlink(missing_ok=True)
    return library


def explain_failure(command: list[str], message: str) -> str:
    """Say what to do where compiling failed."""
    return (
        f"copydesk has a part in C, and compiling it failed: {shlex.join(command)}\n{message}\n"
        "Install a C compiler (Debian or Ubuntu: apt install gcc; macOS: xcode-select --install), or name one with "
        "the variable CC. Without any, the package ziglang is used, which the package index must then have."
    )
