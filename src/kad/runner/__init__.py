"""The runner: every command kad runs for the user, so that no worker ever forks."""
