"""kad: keepalived's job in Python.

The processes: a parent (`supervisor/`) reads the configuration (`config/`) and forks a runner (`runner/`: scripts), a
VRRP worker (`vrrp/`: who has the address) and a checker worker (`health/`: who is in service), and talks with them
in typed messages (`ipc/`). Only `system/`, the `process.py` files and `cli.py` touch the outside world; all else is
functions of an event and the time. `cli.py` is where a run begins. `sim/` runs the
VRRP worker's core on simulated LANs.
"""

__version__ = "0.1.0"
