"""A seeded LAN in virtual time: the daemon's own nodes under faults, and what must hold (docs/simulator.md)."""
