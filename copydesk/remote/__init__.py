"""Files on other machines: nothing else in copydesk connects to any, and this only where the user names an address."""

from copydesk.remote.files import delete_files, open_file, read_file, upload_files, write_file
from copydesk.remote.listing import Entry, list_entries, list_sizes
from copydesk.remote.places import is_remote

__all__ = [
    "Entry",
    "delete_files",
    "is_remote",
    "list_entries",
    "list_sizes",
    "open_file",
    "read_file",
    "upload_files",
    "write_file",
]
