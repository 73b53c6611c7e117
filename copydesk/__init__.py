"""copydesk: raw text scraped from news pages in, a clean, accounted-for dataset of paragraphs out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from copydesk.settings import PIPELINE_VERSION, Settings, read_settings

if TYPE_CHECKING:
    from copydesk.cleaning import CleanDocument, Paragraph, RemovedBlock, clean, clean_many
    from copydesk.tables import open_dataset

__version__ = PIPELINE_VERSION

__all__ = [
    "CleanDocument",
    "Paragraph",
    "RemovedBlock",
    "Settings",
    "__version__",
    "clean",
    "clean_many",
    "open_dataset",
    "read_settings",
]

# Loaded on first use, so that `import copydesk` and `copydesk --help` do not wait for polars.
_LAZY = {
    "CleanDocument": "copydesk.cleaning",
    "Paragraph": "copydesk.cleaning",
    "RemovedBlock": "copydesk.cleaning",
    "clean": "copydesk.cleaning",
    "clean_many": "copydesk.cleaning",
    "open_dataset": "copydesk.tables",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'copydesk' has no attribute '{name}'")
    return getattr(import_module(_LAZY[name]), name)
