"""PING_CHECK { … }: a server is up when it answers an ICMP echo request."""

from kad.config.schema.tcp_check import Connection


class PingCheck(Connection, frozen=True, kw_only=True, tag="PING_CHECK"):
    """The server is up when it answers an ICMP echo request. The ports of a connection mean nothing here."""
