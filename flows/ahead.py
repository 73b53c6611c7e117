"""What a run will need, loaded while its Prefect server starts: each takes seconds of a core."""

from importlib import import_module
from pathlib import Path

from copydesk.reading import find_sources
from copydesk.remote.places import is_remote
from copydesk.versions import find_current
from flows.hands import Hands
from flows.workers import collect_seldom


def load_ahead(raw: str, data: Path, hands: Hands) -> None:
    """Load the flow; and where this process will surely do all the work, the steps with all they need.

    That is so in the first run on a few local sources. A later one may find nothing to do, and load nothing.
    """
    with collect_seldom():
        import_module("flows.build_dataset")
        if hands.dask_address is None and not is_remote(raw) and find_current(data) is None:
            n_bytes = sum(source.size for source in find_sources(raw))
            if hands.count_processes(n_bytes) == 1:
                import_module("flows.stages")
                import_module("copydesk.steps").load_steps()
