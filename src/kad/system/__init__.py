"""See the map in kad/__init__.py."""
