"""What of a configuration kad does not run yet although it reads it: whole instances and services, and checks.

A keyword that is merely without effect is named in a note (`acts` in its declaration). Here is what would do harm when
it was run as if the keyword were not there: an instance that would be a second master beside its peers, a service that
would stand for other addresses. It stays in the Config, and the workers do not get it.
"""

from collections.abc import Iterable

from msgspec import structs

from kad.config.config import Config
from kad.config.diagnostics import Findings, Half
from kad.config.drafts import Draft
from kad.config.lvs_kinds import Tunnel
from kad.config.schema.virtual_routes import VirtualRoute
from kad.config.schema.virtual_server import VirtualServer
from kad.config.schema.vrrp_instance import VrrpInstance


def instance_problem(instance: VrrpInstance) -> str:
    """Why an instance is not run yet; nothing when it is."""
    if not instance.interface:
        return "kad does not run instances without an interface yet"
    return ""


def table_problem(config: Config) -> str:
    """Why no virtual server is run yet; nothing when they are."""
    if config.net_namespace_ipvs is not None:
        return "kad does not reach the IPVS table of another network namespace yet"
    return ""


def service_problem(service: VirtualServer) -> str:
    """Why a virtual server is not run yet; nothing when it is."""
    return "" if service.address else "kad does not run services of firewall marks and groups yet"


def route_problem(route: VirtualRoute) -> str:
    """Why a route is not set yet; nothing when it is."""
    return "kad does not know the tables of VRFs yet" if route.vrf is not None else ""


def running(config: Config) -> Config:
    """The configuration without what is not run yet: what the workers get."""
    return structs.replace(
        config,
        static_routes=tuple(route for route in config.static_routes if not route_problem(route)),
        vrrp_instances=tuple(_routed(one) for one in config.vrrp_instances if not instance_problem(one)),
        virtual_servers=()
        if table_problem(config)
        else tuple(one for one in config.virtual_servers if not service_problem(one)),
    )


def _routed(instance: VrrpInstance) -> VrrpInstance:
    kept = tuple(route for route in instance.virtual_routes if not route_problem(route))
    return instance if len(kept) == len(instance.virtual_routes) else structs.replace(instance, virtual_routes=kept)


def report(root: Draft, config: Config, findings: Findings) -> None:
    """Say what is read but not run; `config` was built from `root`."""
    table = table_problem(config)
    if table:
        text = f"{table}: no virtual server is run"
        findings.add("not-run-yet", root.span("net_namespace_ipvs"), text, half=Half.CHECKER)
    for draft, instance in zip(root.children("vrrp_instances"), config.vrrp_instances, strict=True):
        why = instance_problem(instance)
        if why:
            findings.add("not-run-yet", draft.span(), f"{why}: {draft.title} is read, but not run", half=Half.VRRP)
        _routes(draft.children("virtual_routes"), instance.virtual_routes, findings)
    _routes(root.children("static_routes"), config.static_routes, findings)
    for draft, service in zip(root.children("virtual_servers"), config.virtual_servers, strict=True):
        why = service_problem(service)
        if why:
            findings.add("not-run-yet", draft.span(), f"{why}: {draft.title} is read, but not run", half=Half.CHECKER)
        else:
            _tunnels(draft, service, findings)
            if any(server.later_checks and not server.checks for server in service.real_servers):
                _unchecked(draft, service, findings)


def _routes(drafts: Iterable[Draft], routes: Iterable[VirtualRoute], findings: Findings) -> None:
    """Routes that are not set yet."""
    for line, route in zip(drafts, routes, strict=True):
        if why := route_problem(route):
            findings.add("not-run-yet", line.span("vrf"), f"{why}: this route is read, but not set", half=Half.VRRP)


def _tunnels(draft: Draft, service: VirtualServer, findings: Findings) -> None:
    """Tunnels of other kinds than the one that kad makes."""
    servers = zip(draft.children("real_servers"), service.real_servers, strict=True)
    for one, field, tunnel in (
        (draft, "lb_kind", service.tunnel),
        (draft, "sorry_server_lvs_method", service.sorry_server_tunnel),
        *((child, "lvs_method", server.tunnel) for child, server in servers if server.tunnel is not None),
    ):
        if tunnel not in (None, Tunnel()):
            text = "kad makes plain ipip tunnels only yet: the options of this one are not acted on"
            findings.add("not-run-yet", one.span(field), text, half=Half.CHECKER)


def _unchecked(draft: Draft, service: VirtualServer, findings: Findings) -> None:
    """A server that has only checks which kad does not run yet."""
    for child, server in zip(draft.children("real_servers"), service.real_servers, strict=True):
        if server.later_checks and not server.checks:
            text = f"kad runs none of the checks of {child.title} yet: it counts as up"
            findings.add("unchecked-server", child.span(), text, "add a check that kad runs", Half.CHECKER)
