"""Run a Python module as `python -m` does, in a process that ends with its parent, even when that is killed.

    python -m flows.guarded MODULE ARGUMENT...

The parent holds the other end of this process's standard input and never writes to it; the system closes it when the
parent is gone. A server left behind by each run that was killed would fill the machine.
"""

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

_SECONDS_TO_END: Final = 10


def await_parent() -> None:
    """End this process when the parent is gone: politely, then at once."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_END)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=await_parent, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
