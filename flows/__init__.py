"""Orchestration with Prefect: the flow, and how it is served.

Prefect reads its settings once, when it is first imported, so the defaults are set here, before any module of this
package imports it. What the environment already states wins.
"""

import os

os.environ.setdefault("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "true")
# The embedded server needs 7-12 s on a laptop, longer on a busy machine; Prefect gives up after 20 s.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
# Prefect reports usage over the network unless told not to.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
