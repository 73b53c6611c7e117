"""What several test modules share: a Prefect of our own, away from the one of whoever runs the tests."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import flows  # noqa: F401 - sets Prefect's defaults, so before any test module imports prefect

# Prefect settles its home when it is first imported, which collecting the tests may do.
_PREFECT_HOME = tempfile.TemporaryDirectory(prefix="copydesk-prefect-")
os.environ["PREFECT_HOME"] = _PREFECT_HOME.name
os.environ.pop("PREFECT_API_URL", None)

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the five demonstration pages."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def prefect_api() -> Iterator[str]:
    """The address of a Prefect server that lasts as long as the tests; flows of this process report to it."""
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415

    with prefect_test_harness(server_startup_timeout=180):
        yield str(PREFECT_API_URL.value())


@pytest.fixture(scope="session")
def s3_server() -> Iterator[None]:
    """A server that speaks S3, as long as the tests last; the environment names it."""
    from tests.places import serve_s3  # noqa: PLC0415

    with serve_s3() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def bucket(s3_server: None) -> str:
    """The address of a new bucket."""
    from tests.places import open_s3  # noqa: PLC0415

    name = f"bucket-{uuid4().hex}"
    open_s3().mkdir(name)
    return f"s3://{name}"
