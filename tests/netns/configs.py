"""The configurations of the lab, as text: one virtual router with the lines that a test wants to see in it."""

from dataclasses import dataclass, field
from pathlib import Path

INTERFACE = "eth0"
VIP = "192.0.2.100"
VIP6 = "2001:db8::100"
HMAC = ("auth_hmac {", f"    key 1 {'k' * 32}", f"    key 2 hex:{'0f' * 32}", "    active_key 1", "}")
VIPS6 = ("fe80::100/64", f"{VIP6}/64")
VRID = 51
VMAC, VMAC_NAME = ("use_vmac",), f"vrrp.{VRID}"
VMAC_MAC, VMAC_MAC6 = f"00:00:5e:00:01:{VRID:02x}", f"00:00:5e:00:02:{VRID:02x}"


@dataclass(frozen=True, kw_only=True)
class Router:
    """One vrrp_instance and what it refers to. `lines` go into the instance as they are, `blocks` before it.

    `device`: where its addresses are.

    With `unicast` adverts go from `own` to `peer`, which the pair of directors fills in.
    """

    priority: int
    version: int = 3
    advert_int: float = 0.1
    state: str = "BACKUP"
    vips: tuple[str, ...] = (f"{VIP}/24",)
    auth_pass: str | None = None
    auth_type: str = "PASS"
    unicast: bool = False
    own: str = ""
    peer: str = ""
    lines: tuple[str, ...] = ()
    blocks: str = ""
    garp_delay: int = 1
    device: str = INTERFACE
    notify_log: Path | None = field(default=None)

    def text(self) -> str:
        """The configuration file."""
        inner = [
            f"state {self.state}",
            "interface eth0",
            f"virtual_router_id {VRID}",
            f"priority {self.priority}",
            f"version {self.version}",
            f"advert_int {self.advert_int:g}",
            f"garp_master_delay {self.garp_delay}",
            *self.lines,
        ]
        if self.auth_pass is not None:
            inner += ["authentication {", f"    auth_type {self.auth_type}", f"    auth_pass {self.auth_pass}", "}"]
        if self.unicast:
            inner += [f"unicast_src_ip {self.own}", "unicast_peer {", f"    {self.peer}", "}"]
        inner += ["virtual_ipaddress {", *(f"    {vip}" for vip in self.vips), "}"]
        body = "\n".join(f"    {line}" for line in inner)
        return f"global_defs {{\n    script_user root\n}}\n{self.blocks}\nvrrp_instance VI_1 {{\n{body}\n}}\n"

    @property
    def family(self) -> int:
        """Of its adverts: that of the first address."""
        return 6 if ":" in self.vips[0] else 4

    def mac(self, own: str) -> str:
        """The hardware address of its addresses: the virtual one, or the host's own."""
        if self.device == INTERFACE:
            return own
        return VMAC_MAC if self.family == 4 else VMAC_MAC6

    @property
    def vip(self) -> str:
        """The address that a client uses."""
        return self.vips[-1].partition("/")[0]

    @property
    def master_down(self) -> float:
        """How long this one waits for an advert before it takes over, in seconds (reference vrrp.md 3.1)."""
        unit = 1.0 if self.version == 2 else self.advert_int
        return 3 * self.advert_int + (256 - self.priority) * unit / 256
